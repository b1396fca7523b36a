/**
 * The clip art of Abstract Scenes v1.1: 126 drawings of 58 objects, two of which are the children.
 *
 * The name of a picture is a prefix for its kind, its number in the kind, and optionally an "s": `hb0_14s.png`. The
 * published files identify an object by its number only; the names below are ours and describe the drawings.
 */
import type { Kind } from "../../store/scene.ts";

/** Kinds in the order of the published type numbers 0 to 7, with the prefix of their pictures. */
const kinds: { prefix: string; kind: Kind }[] = [
  { prefix: "s", kind: "sky" },
  { prefix: "p", kind: "large" },
  { prefix: "hb0", kind: "boy" },
  { prefix: "hb1", kind: "girl" },
  { prefix: "a", kind: "animal" },
  { prefix: "c", kind: "clothing" },
  { prefix: "e", kind: "food" },
  { prefix: "t", kind: "toy" },
];

/** Names of all objects other than children, in the order of their numbers. */
const names: Partial<Record<Kind, string[]>> = {
  sky: ["helicopter", "hot-air balloon", "cloud", "sun", "lightning", "rain cloud", "rocket", "airplane"],
  large: ["bee", "slide", "sandbox", "grill", "swing", "tent", "table", "pine tree", "tree", "apple tree"],
  animal: ["bear", "cat", "dog", "duck", "owl", "snake"],
  clothing: [
    "star cap",
    "crown",
    "chef hat",
    "pirate hat",
    "knit cap",
    "propeller cap",
    "witch hat",
    "viking helmet",
    "glasses",
    "sunglasses",
  ],
  food: ["pie", "pizza", "hot dog", "ketchup", "mustard", "hamburger", "drink"],
  toy: [
    "baseball",
    "basket",
    "ball",
    "basketball",
    "soccer ball",
    "tennis ball",
    "football",
    "frisbee",
    "baseball bat",
    "balloons",
    "baseball glove",
    "shovel",
    "racket",
    "kite",
    "fire",
  ],
};

/** The number of a child's drawing is 5 × pose + expression. */
const poses = ["arms to the right", "arms up", "kick", "run", "cross-legged", "sit", "wave"];
const expressions = ["angry", "wide smile", "smile", "sad", "scared"];

/** A clip-art picture and what it shows. */
export interface Drawing {
  /** Name of the picture without final "s" and extension, e.g. "hb0_14". */
  stem: string;
  /** The published type number, 0 to 7. */
  type: number;
  /** Its number in the type. */
  number: number;
  kind: Kind;
  name: string;
  pose?: string;
  expression?: string;
}

/** The sun, which is rendered behind all other objects. */
export const SUN = "s_3";

const drawings = new Map<string, Drawing>(kinds.flatMap(({ prefix, kind }, type) => {
  const count = names[kind]?.length ?? poses.length * expressions.length;
  return Array.from({ length: count }, (_, number): [string, Drawing] => {
    const stem = `${prefix}_${number}`;
    const name = names[kind]?.[number];
    if (name !== undefined) return [stem, { stem, type, number, kind, name }];
    const child = { pose: poses[Math.floor(number / 5)]!, expression: expressions[number % 5]! };
    return [stem, { stem, type, number, kind, name: kind === "boy" ? "mike" : "jenny", ...child }];
  });
}));

/** All drawings, by stem. */
export const allDrawings: ReadonlyMap<string, Drawing> = drawings;

/** The drawing with a picture name of the scene file, with or without the "s"; undefined for an unknown name. */
export function drawingOf(png: string): Drawing | undefined {
  return drawings.get(png.replace(/s?\.png$/i, ""));
}
