/**
 * The stories of a split, each drawn once by a run, in inference mode.
 *
 * A story's noise is a stream of its own, named by seed, split and id, so its frames are the same whatever stands beside
 * it, in whatever order, however many are drawn. Frames are kept as the bytes that a PNG would hold, rounded and not cut
 * off, and only they are judged: a run and its exported folder get the same numbers.
 */
import { fail } from "../base/errors.ts";
import { digestJson } from "../base/files.ts";
import { storyBatch } from "../data/batches/stories.ts";
import { type NoiseSpec, noiseValues } from "../data/batches/noise.ts";
import type { Split, Story } from "../data/store/stories.ts";
import { disposeTree, type State, tf } from "../engine/mod.ts";
import { type Drawing, uploadBatch } from "../runs/sampling/draw.ts";
import { type CachedTensor, computeCached, pausePoint, type Watch } from "./cache.ts";

/** What the stories are drawn with. */
export interface Painter extends Drawing {
  weights: State;
  /** Digests of the checkpoint and of the text encoder. */
  digests: { state: string; encoder: string };
  /** The engine that draws, see {@link engineKey}: another one rounds differently. */
  engine: string;
  seed: number;
  /** Stories drawn at a time: changes speed and memory. */
  batch: number;
}

/**
 * Draws stories of a split, or reads what an earlier evaluation drew.
 *
 * @param folder where a run keeps its evaluations
 * @returns uint8 [stories, T, H, W, 3], and the key of all that they depend on
 * @throws UserError naming the first frame that has a NaN or an infinity.
 */
export async function drawStories(
  folder: string,
  painter: Painter,
  split: Split,
  stories: Story[],
  watch: Watch,
): Promise<{ pictures: Uint8Array; key: string }> {
  const { set, digests, engine, seed } = painter;
  const key = digestJson({ ...digests, data: set.digest, split, seed, engine });
  const { data } = await computeCached(
    { folder: `${folder}/drawn-${key.slice(0, 16)}`, key, stories: stories.length, stage: "drawing" },
    async (first, count): Promise<CachedTensor> => {
      const shape = [count, set.frames, set.size, set.size, 3];
      const data = new Uint8Array(shape.reduce((a, b) => a * b, 1));
      const story = data.length / count; // bytes
      for (let at = 0; at < count; at += painter.batch) {
        await pausePoint(watch);
        const chosen = stories.slice(first + at, first + Math.min(at + painter.batch, count));
        data.set(await drawBatch(painter, split, chosen), at * story);
      }
      return { dtype: "U8", shape, data };
    },
    watch,
  );
  return { pictures: data as Uint8Array, key };
}

/** Draws up to a batch of stories; fewer are filled up with the last one, so that one compiled shape serves all. */
async function drawBatch(painter: Painter, split: Split, stories: Story[]): Promise<Uint8Array> {
  const { system, config, set, vocabulary, encoder, encode, draw, weights, batch: B, seed } = painter;
  const filled = Array.from({ length: B }, (_, i) => stories[Math.min(i, stories.length - 1)]!);
  const batch = storyBatch(set, vocabulary, config, filled);
  const { images, tokens, mask, labels } = uploadBatch(batch, set.size);
  const text = encode(encoder, tokens, mask, labels);
  const noise = storyNoise(system.noise(config, 1, set.frames), seed, split, filled);
  const drawn = draw(weights, text, noise); // [B, T, H, W, 3]
  const values = (await drawn.data()).subarray(0, drawn.size / B * stories.length);
  disposeTree([images, tokens, text, noise, drawn]);
  const broken = values.findIndex((value) => !Number.isFinite(value));
  if (broken >= 0) {
    const frame = Math.floor(broken / (values.length / (stories.length * set.frames)));
    fail(
      `The story "${stories[Math.floor(frame / set.frames)]!.id}" cannot be judged: its frame ${
        frame % set.frames
      } was ` +
        `drawn with NaN or infinity. Judge another checkpoint, e.g. --checkpoint last.`,
    );
  }
  return Uint8Array.from(values, (x) => Math.max(0, Math.min(255, Math.round((x + 1) * 127.5))));
}

/** The noise z of stories [B, …], which is all that drawing in inference takes; each story's is a stream of its own. */
export function storyNoise({ z }: NoiseSpec, seed: number, split: Split, stories: Story[]): State {
  const { shape } = z!; // [1, …]
  const drawn = stories.map(({ id }) => noiseValues({ z: z! }, seed, `evaluation/${split}/${id}`, 0).z!);
  const all = new Float32Array(drawn.length * drawn[0]!.length);
  drawn.forEach((values, i) => all.set(values, i * values.length));
  return { z: tf.tensor(all, [stories.length, ...shape.slice(1)]) };
}
