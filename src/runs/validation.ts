/**
 * What `best` is chosen by: how far drawn validation frames lie from real ones, as the DAMSM tower sees them.
 *
 * Both numbers need nothing to be downloaded. They compare checkpoints of runs that share one text encoder; they are no
 * FID and no Cosine of the paper, and their names say so.
 */
import { fail } from "../base/errors.ts";
import { evaluationBatches } from "../data/batches/stories.ts";
import { disposeTree, jit, type State, type Tensor } from "../engine/mod.ts";
import { frechetDistance, type Moments, moments } from "../metrics/frechet.ts";
import { pairCosines } from "../model/damsm.ts";
import { encodeImage } from "../model/image_encoder.ts";
import { drawNoise } from "../train/draws.ts";
import type { Validation } from "../train/recorder.ts";
import { type Drawing, uploadBatch } from "./sampling/draw.ts";

/** The number that `best` is chosen by, under its name. */
export const chosenBy = "frechet[damsm-tower].val";

/**
 * Prepares validation on the first `record.validation` stories of the val split.
 *
 * @returns a function of the generator's weights that gives `frechet[damsm-tower].val`, the squared Fréchet distance
 *   between global codes of real and drawn frames (the score), and `cosine[damsm].val`, 100 times the mean cosine of
 *   drawn frames and their sentences. Noise is the same every time.
 */
export function ganValidation(
  { system, config, set, vocabulary, encoder, encode, draw }: Drawing,
): (weights: State) => Promise<Validation> {
  const stories = Math.min(config.record.validation, set.split("val").length);
  if (stories * set.frames < 2) fail(`Validation needs stories, but the data set "${set.name}" has no val split.`);
  const look = jit((tower: State, images: Tensor, sentences: Tensor) => {
    const [B, T, ...size] = images.shape as [number, number, ...number[]];
    const { global } = encodeImage(config, tower, images.reshape([B * T, ...size]), false); // [B·T, D]
    return { global, cosine: pairCosines(global, sentences.reshape([B * T, -1])) }; // [B·T]
  }, { name: "validate" });
  let real: Moments | undefined;

  return async (weights) => {
    const [realCodes, drawnCodes, cosines]: [number[], number[], number[]] = [[], [], []];
    let index = 0;
    for (const batch of evaluationBatches(set, vocabulary, config, "val", config.train.batch, stories)) {
      const { B, T } = batch.shape;
      const { images, tokens, mask, labels } = uploadBatch(batch, set.size);
      const text = encode(encoder, tokens, mask, labels);
      const noise = drawNoise(system.noise(config, B, T), config.seed, "validation", index++);
      const drawn = draw(weights, text, noise);
      const seen = look(encoder, drawn, text.sentences);
      append(drawnCodes, await seen.global.data());
      append(cosines, await seen.cosine.data());
      disposeTree([seen, drawn]);
      if (!real) {
        const seenReal = look(encoder, images, text.sentences);
        append(realCodes, await seenReal.global.data());
        disposeTree(seenReal);
      }
      disposeTree([images, tokens, text, noise]);
    }
    real ??= moments(realCodes, config.text.width);
    const distance = frechetDistance(real, moments(drawnCodes, config.text.width));
    const cosine = (100 * cosines.reduce((a, b) => a + b, 0)) / cosines.length;
    return { values: { "cosine[damsm].val": cosine, [chosenBy]: distance }, score: distance };
  };
}

function append(list: number[], values: ArrayLike<number>): void {
  for (let i = 0; i < values.length; i++) list.push(values[i]!);
}
