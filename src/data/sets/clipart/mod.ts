/** The clip-art set: two children in an outdoor world, made by rule from a seed. */
import { z } from "zod";
import { CHARACTERS, FRAMES, writeStory } from "./story.ts";
import { paintScene } from "./paint/paint.ts";
import { type ClipartFrame, type Level, levels } from "./scene.ts";
import { loadSprites } from "./paint/sprites.ts";
import { children, SCENE } from "./world/objects.ts";
import { type Split, splits } from "../../store/manifest.ts";
import { setSource, type SourceFrame, type SourceStory } from "../source.ts";

const whole = () => z.coerce.number().int("expected a whole number");
/** Options that came later are in the manifest only where they ask for something else, so that older sets keep their digest. */
const unless = <T>(usual: T) => (value: T) => value === usual ? undefined : value;

const options = z.object({
  stories: whole().min(2, "expected at least 2").max(100_000).default(2000)
    .describe("training stories; validation and test get an eighth as many each, at least 4"),
  seed: whole().min(0, "expected at least 0").max(2 ** 32 - 1).default(1)
    .describe("another world of stories"),
  frames: whole().min(1, "expected 1 to 15").max(15, "expected 1 to 15").transform(unless(FRAMES)).optional()
    .describe(`frames of a story, 1 to 15 (default ${FRAMES})`),
  characters: whole().min(1, "expected 1 to 5").max(children.length, `expected 1 to ${children.length}`)
    .transform(unless(CHARACTERS)).optional()
    .describe(`children of the world, 1 to ${children.length} (default ${CHARACTERS})`),
  levels: z.string().transform((text) => text.split(",").map((level) => level.trim()))
    .refine((list) => list.every((level) => levels.includes(level as Level)), `expected some of ${levels.join(",")}`)
    .transform((list) => unless(levels.join())(levels.filter((level) => list.includes(level)).join())).optional()
    .describe(`captions to keep, some of ${levels.join(",")} (default all)`),
  labels: z.enum(["none", "characters"]).transform(unless<"none" | "characters">("none")).optional()
    .describe("label vector of each frame: which children are there (default none)"),
});

export const source = setSource({
  name: "clipart",
  version: 1,
  about: "two children in an outdoor world, made by rule; nothing has to be downloaded",
  from: false,
  options,
  async open({ stories: count, seed, frames: length = FRAMES, characters = CHARACTERS, levels: kept, labels }) {
    const sprites = await loadSprites(characters);
    const names = labels ? children.slice(0, characters) : undefined;
    const told = kept?.split(",") ?? levels;
    const counts = splitCounts(count);
    const stories: SourceStory[] = [];
    const frames: SourceFrame[] = [];
    for (const split of splits) {
      for (let index = 0; index < counts[split]; index++) {
        const id = `${split}-${String(index).padStart(5, "0")}`;
        const written = onDemand(() => writeStory(seed, split, index, { frames: length, characters }));
        stories.push({ id, split, frames: Array.from({ length }, (_, t) => frames.length + t) });
        for (let t = 0; t < length; t++) frames.push(frameOf(`${id}/${t}`, () => written()[t]!));
      }
    }

    /** A frame whose parts are made when they are asked for: a hundred thousand stories would fill the memory. */
    function frameOf(id: string, frame: () => ClipartFrame): SourceFrame {
      return {
        id,
        get captions() {
          return frame().captions.filter(({ level }) => told.includes(level));
        },
        get scene() {
          return frame().scene;
        },
        get labels() {
          return names?.map((name) => Number(frame().scene.objects.some((object) => object.name === name)));
        },
        pictures: () => Promise.resolve([paintScene(frame().scene, sprites)]),
      };
    }
    return { length, frames, stories, scene: { width: SCENE, height: SCENE }, labels: names };
  },
});

/** Stories of each split for so many training stories. */
export function splitCounts(stories: number): Record<Split, number> {
  const held = Math.max(4, Math.round(stories / 8));
  return { train: stories, val: held, test: held };
}

/** The last story that was asked for, so that its frames write it once. */
let last: { of: () => ClipartFrame[]; frames: ClipartFrame[] } | undefined;

function onDemand(write: () => ClipartFrame[]): () => ClipartFrame[] {
  const of = (): ClipartFrame[] => {
    if (last?.of !== of) last = { of, frames: write() };
    return last.frames;
  };
  return of;
}
