/** The clip-art set: stories of two children in an outdoor world, generated from a seed; nothing is downloaded. */
import { z } from "zod";
import { CHARACTERS, FRAMES, writeStory } from "./story.ts";
import { paintScene } from "./paint/paint.ts";
import { type ClipartFrame, type Level, levels } from "./scene.ts";
import { loadSprites } from "./paint/sprites.ts";
import { children, SCENE } from "./world/objects.ts";
import { type Split, splits } from "../../store/manifest.ts";
import { setSource, type SourceFrame, type SourceStory } from "../source.ts";

const whole = () => z.coerce.number().int("expected a whole number");
/** Removes a default value: the manifest omits later options at their default, so that older sets keep their digest. */
const unlessDefault = <T>(usual: T) => (value: T) => value === usual ? undefined : value;

const options = z.object({
  stories: whole().min(2, "expected at least 2").max(100_000).default(2000)
    .describe("number of training stories; validation and test have an eighth of it each, at least 4"),
  seed: whole().min(0, "expected at least 0").max(2 ** 32 - 1).default(1)
    .describe("selects the stories"),
  frames: whole().min(1, "expected 1 to 15").max(15, "expected 1 to 15").transform(unlessDefault(FRAMES)).optional()
    .describe(`number of frames of a story, 1 to 15 (default ${FRAMES})`),
  characters: whole().min(1, "expected 1 to 5").max(children.length, `expected 1 to ${children.length}`)
    .transform(unlessDefault(CHARACTERS)).optional()
    .describe(`number of children, 1 to ${children.length} (default ${CHARACTERS})`),
  levels: z.string().transform((text) => text.split(",").map((level) => level.trim()))
    .refine((list) => list.every((level) => levels.includes(level as Level)), `expected some of ${levels.join(",")}`)
    .transform((list) => unlessDefault(levels.join())(levels.filter((level) => list.includes(level)).join())).optional()
    .describe(`captions to keep, some of ${levels.join(",")} (default all)`),
  labels: z.enum(["none", "characters"]).transform(unlessDefault<"none" | "characters">("none")).optional()
    .describe("label vector of each frame: which children it shows (default none)"),
});

export const source = setSource({
  name: "clipart",
  version: 1,
  about: "stories of two children in an outdoor world, generated; nothing has to be downloaded",
  from: false,
  options,
  async open({ stories: count, seed, frames: length = FRAMES, characters = CHARACTERS, levels: kept, labels }) {
    const sprites = await loadSprites(characters);
    const names = labels ? children.slice(0, characters) : undefined;
    const shown = kept?.split(",") ?? levels;
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

    /** A frame that is generated on access: the frames of 100,000 stories would not fit into memory. */
    function frameOf(id: string, frame: () => ClipartFrame): SourceFrame {
      return {
        id,
        get captions() {
          return frame().captions.filter(({ level }) => shown.includes(level));
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

/** Number of stories of each split. @param stories number of training stories */
export function splitCounts(stories: number): Record<Split, number> {
  const held = Math.max(4, Math.round(stories / 8));
  return { train: stories, val: held, test: held };
}

/** The last generated story, so that its frames generate it only once. */
let last: { of: () => ClipartFrame[]; frames: ClipartFrame[] } | undefined;

function onDemand(write: () => ClipartFrame[]): () => ClipartFrame[] {
  const of = (): ClipartFrame[] => {
    if (last?.of !== of) last = { of, frames: write() };
    return last.frames;
  };
  return of;
}
