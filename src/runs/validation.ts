/**
 * Validation of story systems: the Fréchet distance between generated and real validation frames by features of the
 * DAMSM image encoder, and the cosine of generated frames and their sentences.
 *
 * Neither needs a download. They compare checkpoints of runs that share one text encoder; they are not the paper's FID
 * and Cosine, and have other names.
 */
import { fail } from "../base/errors.ts";
import { evaluationBatches } from "../data/batches/stories.ts";
import { disposeTree, jit, type State, type Tensor } from "../engine/mod.ts";
import { frechetDistance, type Moments, moments } from "../metrics/frechet.ts";
import type { Config } from "../model/config.ts";
import type { FrozenNetwork } from "../model/contract.ts";
import { encodeImage } from "../model/damsm/image_encoder.ts";
import { pairCosines } from "../model/damsm/loss.ts";
import { damsm } from "../model/damsm/mod.ts";
import { encodeText } from "../model/damsm/text_encoder.ts";
import { sampleNoise } from "../train/inputs.ts";
import type { Validation } from "../train/recorder.ts";
import { conditionBatch, type Generating } from "./sampling/generate.ts";

/** Name of the metric that chooses the best checkpoint. */
export const bestBy = "frechet[damsm-tower].val";

/** The frozen networks that validation uses, whatever the system: the DAMSM text and image encoder. */
export function validationNetworks(config: Config): FrozenNetwork[] {
  const own = ["text.", "tower."].map((prefix) => ({ prefix, from: damsm.name, inLosses: false }));
  return [...own, ...damsm.frozen!(config)];
}

/**
 * Prepares validation on the first `record.validation` stories of the val split.
 *
 * @returns a function of the generator's weights that gives `frechet[damsm-tower].val`, the squared Fréchet distance
 *   between global features of real and generated frames (the score), and `cosine[damsm].val`, 100 times the mean
 *   cosine of generated frames and their sentences. Noise is the same every time.
 */
export function systemValidation(
  { system, config, set, vocabulary, frozen, condition, generate }: Generating,
): (weights: State) => Promise<Validation> {
  const stories = Math.min(config.record.validation, set.split("val").length);
  if (stories * set.frames < 2) fail(`Validation needs stories, but the data set "${set.name}" has no val split.`);
  const compute = jit((imageEncoder: State, images: Tensor, sentences: Tensor) => {
    const [B, T, ...size] = images.shape as [number, number, ...number[]];
    const { global } = encodeImage(config, imageEncoder, images.reshape([B * T, ...size]), false); // [B·T, D]
    return { global, cosine: pairCosines(global, sentences) }; // [B·T]
  }, { name: "validate" });
  const encode = jit((text: State, tokens: Tensor, mask: Tensor) => {
    const [B, T, L] = tokens.shape as [number, number, number];
    return encodeText(config, text, tokens.reshape([B * T, L]), mask.reshape([B * T, L])).sentence;
  }, { name: "encode-sentences" });
  let real: Moments | undefined;

  return async (weights) => {
    const [realCodes, generatedCodes, cosines]: [number[], number[], number[]] = [[], [], []];
    let index = 0;
    for (const batch of evaluationBatches(set, vocabulary, config, "val", config.train.batch, stories)) {
      const { B, T } = batch.shape;
      const given = conditionBatch({ set, frozen, condition }, batch);
      const sentences = encode(frozen, given.uploaded.tokens!, given.uploaded.mask!); // [B·T, D]
      const noise = sampleNoise(system.latents(config, B, T), config.seed, "validation", index++);
      const generated = generate(weights, given.condition, noise);
      const features = compute(frozen, generated, sentences);
      append(generatedCodes, await features.global.data());
      append(cosines, await features.cosine.data());
      disposeTree([features, generated]);
      if (!real) {
        const ofReal = compute(frozen, given.uploaded.images!, sentences);
        append(realCodes, await ofReal.global.data());
        disposeTree(ofReal);
      }
      disposeTree([given.uploaded, given.condition, sentences, noise]);
    }
    real ??= moments(realCodes, config.text.width);
    const distance = frechetDistance(real, moments(generatedCodes, config.text.width));
    const cosine = (100 * cosines.reduce((a, b) => a + b, 0)) / cosines.length;
    return { values: { "cosine[damsm].val": cosine, [bestBy]: distance }, score: distance };
  };
}

function append(list: number[], values: ArrayLike<number>): void {
  for (let i = 0; i < values.length; i++) list.push(values[i]!);
}
