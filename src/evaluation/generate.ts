/**
 * The stories of a split, each generated once by a run, in inference mode.
 *
 * A story's noise is a stream of its own, named by seed, split and id, so its frames depend neither on the other
 * stories of its batch nor on their order or number. Frames are kept as the bytes that a PNG would hold, rounded and
 * not truncated, and only they are evaluated: a run and its exported folder get the same numbers.
 */
import { fail } from "../base/errors.ts";
import { digestJson } from "../base/files.ts";
import { storyBatch } from "../data/batches/stories.ts";
import { type NoiseSpec, noiseValues } from "../data/batches/noise.ts";
import type { Split, Story } from "../data/store/stories.ts";
import { disposeTree, type State, tf } from "../engine/mod.ts";
import { conditionBatch, type Generating } from "../runs/sampling/generate.ts";
import { type CachedTensor, computeCached, pausePoint, type Watch } from "./cache.ts";

/** All that generates the stories, with weights and digests. */
export interface Generator extends Generating {
  weights: State;
  /** Digests of the checkpoint and of the text encoder. */
  digests: { state: string; encoder: string };
  /** The engine, see {@link engineKey}: another one rounds differently. */
  engine: string;
  seed: number;
  /** Stories in a batch: changes speed and memory. */
  batch: number;
}

/**
 * Generates stories of a split, or reads what an earlier evaluation generated.
 *
 * @param folder where a run keeps its evaluations
 * @returns uint8 [stories, T, H, W, 3], and the key of all that they depend on
 * @throws UserError naming the first frame that has a NaN or an infinity.
 */
export async function generateStories(
  folder: string,
  generator: Generator,
  split: Split,
  stories: Story[],
  watch: Watch,
): Promise<{ pictures: Uint8Array; key: string }> {
  const { set, digests, engine, seed } = generator;
  const key = digestJson({ ...digests, data: set.digest, split, seed, engine });
  const { data } = await computeCached(
    { folder: `${folder}/drawn-${key.slice(0, 16)}`, key, stories: stories.length, stage: "generating" },
    async (first, count): Promise<CachedTensor> => {
      const shape = [count, set.frames, set.size, set.size, 3];
      const data = new Uint8Array(shape.reduce((a, b) => a * b, 1));
      const story = data.length / count; // bytes
      for (let at = 0; at < count; at += generator.batch) {
        await pausePoint(watch);
        const chosen = stories.slice(first + at, first + Math.min(at + generator.batch, count));
        data.set(await generateBatch(generator, split, chosen), at * story);
      }
      return { dtype: "U8", shape, data };
    },
    watch,
  );
  return { pictures: data as Uint8Array, key };
}

/** Generates up to a batch of stories; fewer are padded with the last one, so that one compiled shape serves all. */
async function generateBatch(generator: Generator, split: Split, stories: Story[]): Promise<Uint8Array> {
  const { system, config, set, vocabulary, generate, weights, batch: B, seed } = generator;
  const padded = Array.from({ length: B }, (_, i) => stories[Math.min(i, stories.length - 1)]!);
  const batch = storyBatch(set, vocabulary, config, padded);
  const given = conditionBatch(generator, batch);
  const noise = storyNoise(system.latents(config, 1, set.frames), seed, split, padded);
  const images = generate(weights, given.condition, noise); // [B, T, H, W, 3]
  const values = (await images.data()).subarray(0, images.size / B * stories.length);
  disposeTree([given.uploaded, given.condition, noise, images]);
  const broken = values.findIndex((value) => !Number.isFinite(value));
  if (broken >= 0) {
    const frame = Math.floor(broken / (values.length / (stories.length * set.frames)));
    fail(
      `The story "${stories[Math.floor(frame / set.frames)]!.id}" cannot be evaluated: its frame ${
        frame % set.frames
      } was ` +
        `generated with NaN or infinity. Evaluate another checkpoint, e.g. --checkpoint last.`,
    );
  }
  return Uint8Array.from(values, (x) => Math.max(0, Math.min(255, Math.round((x + 1) * 127.5))));
}

/** The noise of stories [B, …], see `StorySystem.latents`; each story's is a stream of its own. */
export function storyNoise(spec: NoiseSpec, seed: number, split: Split, stories: Story[]): State {
  const sampled = stories.map(({ id }) => noiseValues(spec, seed, `evaluation/${split}/${id}`, 0));
  return Object.fromEntries(
    Object.entries(spec).map(([name, { shape }]) => {
      const all = new Float32Array(sampled.length * sampled[0]![name]!.length);
      sampled.forEach((values, i) => all.set(values[name]!, i * values[name]!.length));
      return [name, tf.tensor(all, [stories.length, ...shape.slice(1)])]; // [1, …] → [B, …]
    }),
  );
}
