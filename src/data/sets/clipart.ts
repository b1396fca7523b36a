/** The clip-art set: two children in an outdoor world, made by rule from a seed. */
import { z } from "zod";
import { FRAMES, writeStory } from "../clipart/grammar.ts";
import { paintScene } from "../clipart/paint.ts";
import type { ClipartFrame } from "../clipart/scene.ts";
import { loadSprites } from "../clipart/sprites.ts";
import { SCENE } from "../clipart/world.ts";
import { type Split, splits } from "../manifest.ts";
import { setSource, type SourceFrame, type SourceStory } from "../source.ts";

const options = z.object({
  stories: z.coerce.number().int("expected a whole number").min(2, "expected at least 2").max(100_000).default(2000)
    .describe("training stories; validation and test get an eighth as many each, at least 4"),
  seed: z.coerce.number().int("expected a whole number").min(0, "expected at least 0").max(2 ** 32 - 1).default(1)
    .describe("another world of stories"),
});

export const source = setSource({
  name: "clipart",
  version: 1,
  about: "two children in an outdoor world, made by rule; nothing has to be downloaded",
  from: false,
  options,
  async open({ stories: count, seed }) {
    const sprites = await loadSprites();
    const counts = splitCounts(count);
    const stories: SourceStory[] = [];
    const frames: SourceFrame[] = [];
    for (const split of splits) {
      for (let index = 0; index < counts[split]; index++) {
        const id = `${split}-${String(index).padStart(5, "0")}`;
        const written = onDemand(() => writeStory(seed, split, index));
        stories.push({ id, split, frames: Array.from({ length: FRAMES }, (_, t) => frames.length + t) });
        for (let t = 0; t < FRAMES; t++) frames.push(frameOf(`${id}/${t}`, () => written()[t]!));
      }
    }

    /** A frame whose parts are made when they are asked for: a hundred thousand stories would fill the memory. */
    function frameOf(id: string, frame: () => ClipartFrame): SourceFrame {
      return {
        id,
        get captions() {
          return frame().captions;
        },
        get scene() {
          return frame().scene;
        },
        pictures: () => Promise.resolve([paintScene(frame().scene, sprites)]),
      };
    }
    return { length: FRAMES, frames, stories, scene: { width: SCENE, height: SCENE } };
  },
});

/** Stories of each split for so many training stories. */
export function splitCounts(stories: number): Record<Split, number> {
  const held = Math.max(4, Math.round(stories / 8));
  return { train: stories, val: held, test: held };
}

/** The last story that was asked for, so that its five frames write it once. */
let last: { of: () => ClipartFrame[]; frames: ClipartFrame[] } | undefined;

function onDemand(write: () => ClipartFrame[]): () => ClipartFrame[] {
  const of = (): ClipartFrame[] => {
    if (last?.of !== of) last = { of, frames: write() };
    return last.frames;
  };
  return of;
}
