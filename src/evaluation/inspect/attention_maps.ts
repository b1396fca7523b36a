/** Selector logits and word attention of the dynamic blocks, for given stories and captions. */
import type { Config } from "../../model/config.ts";
import { fixedCaption, fixedPicture, storyBatch } from "../../data/batches/stories.ts";
import type { Frame, Split, Story } from "../../data/store/stories.ts";
import { levels as clipartLevels } from "../../data/sets/clipart/scene.ts";
import { disposeTree, jit, type State, type Tensor } from "../../engine/mod.ts";
import { conditionBatch } from "../../runs/sampling/generate.ts";
import { type Generator, storyNoise } from "../generate.ts";
import { pausePoint, type Watch } from "../cache.ts";

/** Values by name, see `Probes.inspect`: those of all stories one after another, and the shape of one story's. */
export type BlockValues = Record<string, { values: Float32Array; shape: number[] }>;

/** Computes the values of the blocks while stories are generated; `dispose` frees the compiled program. */
export interface Inspector {
  /** @param level of the captions; without one they are those of an evaluation */
  read(stories: Story[], level?: string): Promise<BlockValues>;
  dispose(): void;
}

/** @param generator with all networks in its weights, the discriminator too */
export function blockInspector(generator: Generator, split: Split, watch: Watch): Inspector {
  const { system, config, set, vocabulary, weights, batch: B, seed } = generator;
  const inspect = jit(
    (weights: State, condition: State, images: Tensor, noise: State) =>
      system.probes!.inspect(config, weights, { images, ...condition }, noise),
    { name: `inspect-${system.name}` },
  );
  return {
    async read(stories, level) {
      const found: Record<string, Float32Array[]> = {};
      const shapes: Record<string, number[]> = {};
      for (let first = 0; first < stories.length; first += B) {
        await pausePoint(watch);
        const count = Math.min(B, stories.length - first);
        const padded = Array.from({ length: B }, (_, i) => stories[first + Math.min(i, count - 1)]!);
        const batch = level === undefined
          ? storyBatch(set, vocabulary, config, padded)
          : storyBatch(set, vocabulary, oneSentence(config), padded, ofLevel(level));
        const given = conditionBatch(generator, batch);
        const noise = storyNoise(system.latents(config, 1, set.frames), seed, split, padded);
        const values = inspect(weights, given.condition, given.uploaded.images!, noise);
        for (const [name, tensor] of Object.entries(values)) {
          const all = await tensor.data() as Float32Array;
          (found[name] ??= []).push(all.slice(0, all.length / B * count));
          shapes[name] = [tensor.shape[0]! / B, ...tensor.shape.slice(1)];
        }
        disposeTree([given.uploaded, given.condition, noise, values]);
      }
      return Object.fromEntries(
        Object.entries(found).map(([name, parts]) => [name, { values: joined(parts), shape: shapes[name]! }]),
      );
    },
    dispose: () => inspect.dispose(),
  };
}

/**
 * Levels of detail that every frame of these stories has a caption of, the least detailed first; empty where captions
 * have no levels.
 */
export function levelsOf(stories: Story[]): string[] {
  const levelsIn = ({ captions }: Frame) => new Set(captions.flatMap(({ level }) => level ?? []));
  const frames = stories.flatMap(({ frames }) => frames.map(levelsIn));
  const everywhere = [...frames[0] ?? []].filter((level) => frames.every((levels) => levels.has(level)));
  const rank = (level: string) => (clipartLevels as readonly string[]).indexOf(level);
  return everywhere.toSorted((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
}

/** The fixed caption among those of a level; pictures as in an evaluation. */
function ofLevel(level: string) {
  return {
    caption(story: Story, { captions }: Frame, t: number): number {
      const fitting = captions.flatMap((caption, i) => caption.level === level ? [i] : []);
      return fitting[fixedCaption(story, t, fitting.length)]!;
    },
    picture: fixedPicture,
  };
}

/** The configuration with one sentence a frame, whatever captions the run was trained on. */
function oneSentence(config: Config): Config {
  return { ...config, data: { ...config.data, captions: "random" } };
}

function joined(parts: Float32Array[]): Float32Array {
  const all = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
