/**
 * Validation of story systems: Fréchet distances between generated and real validation frames, and the cosine of
 * generated frames and their sentences.
 *
 * None needs a download. The features are those of a fixed random network, which has no part in training and chooses the
 * best checkpoint, and of the DAMSM image encoder, which may be part of the loss. They are not the paper's FID and Cosine,
 * and have other names.
 */
import { fail } from "../base/errors.ts";
import { evaluationBatches } from "../data/batches/stories.ts";
import { disposeTree, jit, type State, type Tensor } from "../engine/mod.ts";
import { frechetDistance, type Moments, moments } from "../metrics/frechet.ts";
import { randomFeatures, randomNetwork, randomNetworkName, randomWidth } from "../metrics/random_network.ts";
import type { Config } from "../model/config.ts";
import type { FrozenNetwork } from "../model/contract.ts";
import { encodeImage } from "../model/damsm/image_encoder.ts";
import { pairCosines } from "../model/damsm/loss.ts";
import { damsm } from "../model/damsm/mod.ts";
import { encodeText } from "../model/damsm/text_encoder.ts";
import { sampleNoise } from "../train/inputs.ts";
import type { Validation } from "../train/recorder.ts";
import { conditionBatch, type Generating } from "./sampling/generate.ts";

/** Names of the distances by what measures them, see `record.best`. */
const distances = {
  "random-network": `frechet[${randomNetworkName}].val`,
  "image-encoder": "frechet[damsm-tower].val",
} as const;

/** Name of the metric that chooses the best checkpoint of a run. */
export function bestBy({ record: { best } }: Pick<Config, "record">): string {
  return distances[best];
}

/** The frozen networks that validation uses, whatever the system: the DAMSM text and image encoder. */
export function validationNetworks(config: Config): FrozenNetwork[] {
  const own = ["text.", "tower."].map((prefix) => ({ prefix, from: damsm.name, inLosses: false }));
  return [...own, ...damsm.frozen!(config)];
}

/**
 * Prepares validation on the first `record.validation` stories of the val split.
 *
 * @returns a function of the generator's weights that gives both squared Fréchet distances between features of real and
 *   generated frames, of which {@link bestBy} is the score, and `cosine[damsm].val`, 100 times the mean cosine of
 *   generated frames and their sentences. Noise is the same every time.
 */
export function systemValidation(
  { system, config, set, vocabulary, frozen, condition, generate }: Generating,
): (weights: State) => Promise<Validation> {
  const stories = Math.min(config.record.validation, set.split("val").length);
  if (stories * set.frames < 2) fail(`Validation needs stories, but the data set "${set.name}" has no val split.`);
  const random = randomNetwork();
  const compute = jit((imageEncoder: State, random: State, images: Tensor, sentences: Tensor) => {
    const [B, T, ...size] = images.shape as [number, number, ...number[]];
    const pictures = images.reshape([B * T, ...size]);
    const { global } = encodeImage(config, imageEncoder, pictures, false); // [B·T, D]
    return { global, random: randomFeatures(random, pictures), cosine: pairCosines(global, sentences) }; // [B·T]
  }, { name: "validate" });
  const encode = jit((text: State, tokens: Tensor, mask: Tensor) => {
    const [B, T, L] = tokens.shape as [number, number, number];
    return encodeText(config, text, tokens.reshape([B * T, L]), mask.reshape([B * T, L])).sentence;
  }, { name: "encode-sentences" });
  const widths = { "random-network": randomWidth, "image-encoder": config.text.width };
  let real: Record<By, Moments> | undefined;

  return async (weights) => {
    const codes = () => ({ "random-network": [], "image-encoder": [] }) as Record<By, number[]>;
    const [realCodes, generatedCodes, cosines] = [codes(), codes(), [] as number[]];
    let index = 0;
    for (const batch of evaluationBatches(set, vocabulary, config, "val", config.train.batch, stories)) {
      const { B, T } = batch.shape;
      const given = conditionBatch({ set, frozen, condition }, batch);
      const sentences = encode(frozen, given.uploaded.tokens!, given.uploaded.mask!); // [B·T, D]
      const noise = sampleNoise(system.latents(config, B, T), config.seed, "validation", index++);
      const generated = generate(weights, given.condition, noise);
      const features = compute(frozen, random, generated, sentences);
      await appendFeatures(generatedCodes, features);
      append(cosines, await features.cosine.data());
      disposeTree([features, generated]);
      if (!real) {
        const ofReal = compute(frozen, random, given.uploaded.images!, sentences);
        await appendFeatures(realCodes, ofReal);
        disposeTree(ofReal);
      }
      disposeTree([given.uploaded, given.condition, sentences, noise]);
    }
    const momentsOf = (codes: Record<By, number[]>) => {
      return Object.fromEntries(bys.map((by) => [by, moments(codes[by], widths[by])])) as Record<By, Moments>;
    };
    real ??= momentsOf(realCodes);
    const generated = momentsOf(generatedCodes);
    const values: Record<string, number> = {
      "cosine[damsm].val": (100 * cosines.reduce((a, b) => a + b, 0)) / cosines.length,
    };
    for (const by of bys) values[distances[by]] = frechetDistance(real[by], generated[by]);
    return { values, score: values[bestBy(config)]! };
  };
}

type By = keyof typeof distances;
const bys = Object.keys(distances) as By[];

async function appendFeatures(codes: Record<By, number[]>, features: { global: Tensor; random: Tensor }) {
  append(codes["random-network"], await features.random.data());
  append(codes["image-encoder"], await features.global.data());
}

function append(list: number[], values: ArrayLike<number>): void {
  for (let i = 0; i < values.length; i++) list.push(values[i]!);
}
