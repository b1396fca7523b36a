/**
 * The catalogue of the clip-art world: 58 objects of the eight kinds of Abstract Scenes, children, places and weathers.
 *
 * Two of the objects are the default children; the other 56 are drawings of Twemoji, identified by their code point.
 * Heights are in scene pixels at depth 0, where a child has 60 and the picture 128; farther objects are scaled by
 * {@link DEPTH_SCALES}.
 */
import type { Kind } from "../../../store/scene.ts";

/** Width and height of a scene in pixels; a picture is the scene at half size. */
export const SCENE = 128;
/** Scale of an object at depth z, as in Abstract Scenes v1.1. */
export const DEPTH_SCALES = [1, 0.7, 0.49] as const;
/** The y coordinate of feet at depth z, and of the horizon. */
export const GROUND = [119, 98, 85] as const;
export const HORIZON = 72;

export interface Thing {
  kind: Kind;
  /** Twemoji file, without its extension. */
  code: string;
  /** Height in scene pixels at depth 0, without empty margins. */
  height: number;
  /** Noun and adjective in captions. */
  noun: string;
  look: string;
  /** Where a child wears it. */
  wear?: "head" | "eyes" | "neck" | "hair";
  ride?: true;
  ball?: true;
  /** A musical instrument. */
  music?: true;
  /** An animal that frightens children; the others are friendly. */
  scary?: true;
  /** Position of an object in the sky: its centre in scene pixels. */
  sky?: readonly [number, number];
}

const thing = (
  kind: Kind,
  code: string,
  height: number,
  noun: string,
  look: string,
  more: Partial<Thing> = {},
): Thing => (
  { kind, code, height, noun, look, ...more }
);

export const things: Record<string, Thing> = {
  sun: thing("sky", "2600", 30, "sun", "bright", { sky: [104, 21] }),
  cloud: thing("sky", "2601", 26, "cloud", "grey", { sky: [92, 20] }),
  raincloud: thing("sky", "1f327", 34, "rain cloud", "dark", { sky: [92, 22] }),
  lightning: thing("sky", "26a1", 34, "lightning", "yellow", { sky: [36, 24] }),
  rainbow: thing("sky", "1f308", 46, "rainbow", "colorful", { sky: [30, 34] }),
  airplane: thing("sky", "2708", 28, "airplane", "blue", { sky: [38, 20] }),
  helicopter: thing("sky", "1f681", 28, "helicopter", "yellow", { sky: [40, 20] }),
  moon: thing("sky", "1f319", 26, "moon", "pale", { sky: [104, 20] }),

  tree: thing("large", "1f333", 96, "oak tree", "leafy"),
  pine: thing("large", "1f332", 96, "pine tree", "tall"),
  palm: thing("large", "1f334", 92, "palm tree", "tall"),
  slide: thing("large", "1f6dd", 66, "slide", "orange"),
  tent: thing("large", "26fa", 56, "tent", "orange"),
  house: thing("large", "1f3e0", 112, "house", "yellow"),
  fountain: thing("large", "26f2", 56, "fountain", "stone"),
  campfire: thing("large", "1f525", 32, "campfire", "hot"),
  rock: thing("large", "1faa8", 30, "rock", "grey"),
  parasol: thing("large", "26f1", 70, "parasol", "striped"),

  dog: thing("animal", "1f415", 32, "dog", "brown"),
  cat: thing("animal", "1f408", 30, "cat", "yellow"),
  duck: thing("animal", "1f986", 24, "duck", "green"),
  rabbit: thing("animal", "1f407", 28, "rabbit", "grey"),
  snake: thing("animal", "1f40d", 30, "snake", "green", { scary: true }),
  crocodile: thing("animal", "1f40a", 26, "crocodile", "green", { scary: true }),

  cap: thing("clothing", "1f9e2", 17, "cap", "blue", { wear: "head" }),
  tophat: thing("clothing", "1f3a9", 23, "top hat", "black", { wear: "head" }),
  crown: thing("clothing", "1f451", 18, "crown", "golden", { wear: "head" }),
  sunhat: thing("clothing", "1f452", 15, "sun hat", "yellow", { wear: "head" }),
  helmet: thing("clothing", "1fa96", 19, "helmet", "green", { wear: "head" }),
  sunglasses: thing("clothing", "1f576", 9, "sunglasses", "dark", { wear: "eyes" }),
  glasses: thing("clothing", "1f453", 9, "glasses", "blue", { wear: "eyes" }),
  goggles: thing("clothing", "1f97d", 12, "goggles", "silver", { wear: "eyes" }),
  scarf: thing("clothing", "1f9e3", 24, "scarf", "red", { wear: "neck" }),
  bow: thing("clothing", "1f380", 15, "bow", "red", { wear: "hair" }),

  apple: thing("food", "1f34e", 16, "apple", "red"),
  banana: thing("food", "1f34c", 17, "banana", "yellow"),
  pizza: thing("food", "1f355", 19, "pizza", "hot"),
  hotdog: thing("food", "1f32d", 18, "hot dog", "tasty"),
  icecream: thing("food", "1f366", 21, "ice cream", "sweet"),
  burger: thing("food", "1f354", 17, "burger", "big"),
  cake: thing("food", "1f382", 20, "cake", "pink"),

  soccer: thing("toy", "26bd", 16, "soccer ball", "white", { ball: true }),
  basketball: thing("toy", "1f3c0", 17, "basketball", "orange", { ball: true }),
  tennis: thing("toy", "1f3be", 13, "tennis ball", "green", { ball: true }),
  football: thing("toy", "1f3c8", 16, "football", "brown", { ball: true }),
  teddy: thing("toy", "1f9f8", 24, "teddy bear", "soft"),
  kite: thing("toy", "1fa81", 32, "kite", "blue"),
  balloon: thing("toy", "1f388", 42, "balloon", "red"),
  umbrella: thing("toy", "2602", 46, "umbrella", "purple"),
  skateboard: thing("toy", "1f6f9", 22, "skateboard", "red"),
  scooter: thing("toy", "1f6f4", 46, "scooter", "blue", { ride: true }),
  bicycle: thing("toy", "1f6b2", 42, "bicycle", "red", { ride: true }),
  drum: thing("toy", "1f941", 22, "drum", "loud", { music: true }),
  guitar: thing("toy", "1f3b8", 32, "guitar", "red", { music: true }),
  present: thing("toy", "1f381", 21, "present", "yellow"),
  bucket: thing("toy", "1faa3", 20, "bucket", "blue"),
};

/** Names of all objects of a kind, in the order of the table. */
export function thingsOf(kind: Kind): string[] {
  return Object.keys(things).filter((name) => things[name]!.kind === kind);
}

/** All possible children; a world has the first two by default. */
export const children = ["mike", "jenny", "tom", "lisa", "ben"] as const;
export type ChildName = typeof children[number];
export const kindOf = (name: ChildName): "boy" | "girl" => name === "jenny" || name === "lisa" ? "girl" : "boy";

export const expressions = ["happy", "sad", "angry", "scared", "surprised"] as const;
export type Expression = typeof expressions[number];

export const weathers = ["sunny", "cloudy", "rainy", "evening"] as const;
export type Weather = typeof weathers[number];

/** Large objects that can occur in a place. */
export const places = {
  park: ["tree", "pine", "slide", "fountain", "rock"],
  beach: ["palm", "parasol", "rock", "slide", "tent"],
  garden: ["house", "tree", "slide", "fountain", "tent"],
  forest: ["pine", "tree", "tent", "campfire", "rock"],
} as const satisfies Record<string, readonly string[]>;
export type Place = keyof typeof places;
export const placeNames = Object.keys(places) as Place[];
