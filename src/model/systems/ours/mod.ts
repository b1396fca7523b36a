/**
 * The paper's system: one generator, one discriminator, dynamic blocks in both.
 */
import type { Config } from "../../../base/config.ts";
import { type State, type Tensor, tf } from "../../../engine/mod.ts";
import { damsmLoss } from "../../damsm.ts";
import {
  discriminatorNoise,
  discriminatorParameters,
  discriminatorStages,
  encodePictures,
  judge,
  judgeMatch,
  readCondition,
  readFeatures,
} from "./discriminator.ts";
import { wordsOf } from "./dynamic_block.ts";
import { generateFrames, generatorNoise, generatorParameters, generatorStages } from "./generator.ts";
import { accuracy, foolLoss, judgeLoss, klLoss } from "../../losses.ts";
import { type Net, openNet, stopGradient } from "../../net.ts";
import { spectralNorm } from "../../spectral_norm.ts";
import { encodeImage } from "../../image_encoder.ts";
import {
  type Block,
  type Generated,
  labelsOf,
  type Loss,
  type ModelBatch,
  type Stage,
  type System,
  type Text,
} from "../../contract.ts";

export const ours: System = {
  name: "ours",
  parameters: (config) => [...generatorParameters(config), ...discriminatorParameters(config)],
  noise: (config, stories, frames) => ({
    ...generatorNoise(config, stories, frames),
    ...discriminatorNoise(config, stories * frames),
  }),
  discriminatorLoss,
  generatorLoss,
  generate,
  blocks,
  inspect,
};

/**
 * (real_c + real_u)/2 + (fake_c + fake_u + wrong_c)/3. [authors: AttnGAN]
 *
 * `wrong` pairs a real frame with sentence and story code of the next story in the batch; the peers take the next frame,
 * often nearly the same picture. Only the condition of the head is exchanged: the features keep their own words, since
 * features with foreign words would cost a third pass through the encoder. [ours]
 *
 * The fakes come from the very function, noise and parameters that `generatorLoss` uses, so that a compiler merges the two.
 * They need no stop of gradients: differentiated are `discriminator.*` alone.
 */
function discriminatorLoss(config: Config, state: State, batch: ModelBatch, noise: State): Loss {
  const painter = openNet(state, true);
  const { images, story } = generateFrames(painter, config, batch.text, noise);
  const normalised = spectralNorm(state);
  const real = openNet(normalised.state, true);
  const other = openNet(normalised.state, true); // whose running statistics are dropped: they are kept of real pairs only
  const words = wordsOf(config, batch.text);
  const condition = conditionOf(batch.text, story.mean);

  const [stories, frames, ...size] = batch.images.shape as [number, number, ...number[]];
  const realPictures = batch.images.reshape([stories * frames, ...size]);
  const { features, selectors } = encodePictures(real, config, realPictures, words, noise, "real");
  const featurePart = readFeatures(real, features);
  const fake = encodePictures(other, config, images, words, noise, "fake").features;

  const conditionPart = readCondition(real, condition);
  const logits = {
    real_c: judgeMatch(real, featurePart, conditionPart),
    real_u: judge(real, features),
    fake_c: judgeMatch(other, readFeatures(other, fake), conditionPart),
    fake_u: judge(other, fake),
    wrong_c: judgeMatch(other, featurePart, roll(conditionPart, frames)),
  };
  const loss = (name: keyof typeof logits) => judgeLoss(config.loss.adversarial, logits[name], name.startsWith("real"));
  const losses = {
    real_c: loss("real_c"),
    real_u: loss("real_u"),
    fake_c: loss("fake_c"),
    fake_u: loss("fake_u"),
    wrong_c: loss("wrong_c"),
  };
  const total = tf.add(
    tf.div(tf.add(losses.real_c, losses.real_u), 2),
    tf.div(tf.add(tf.add(losses.fake_c, losses.fake_u), losses.wrong_c), 3),
  );
  const report = {
    ...prefixed("loss.d.", losses),
    "accuracy.real": accuracy(logits.real_c, true),
    "accuracy.fake": accuracy(logits.fake_c, false),
    "accuracy.wrong": accuracy(logits.wrong_c, false),
    ...prefixed("p_sa.", selectors),
  };
  const signals = { ...painter.signals, ...normalised.updates, ...real.signals };
  return [total, { report, updates: { ...real.updates, ...normalised.updates }, signals }];
}

/** fake_c + fake_u + kl·KL + damsm·DAMSM. The discriminator is as the step before left it; its statistics stay. */
function generatorLoss(config: Config, state: State, batch: ModelBatch, noise: State): Loss {
  const net = openNet(state, true);
  const { images, story, selectors } = generateFrames(net, config, batch.text, noise);
  const normalised = spectralNorm(state);
  const judgeNet = openNet(normalised.state, true);
  const { features } = encodePictures(judgeNet, config, images, wordsOf(config, batch.text), noise, "fake");
  const conditionPart = readCondition(judgeNet, conditionOf(batch.text, story.mean));
  const report: State = {
    "loss.g.fake_c": foolLoss(
      config.loss.adversarial,
      judgeMatch(judgeNet, readFeatures(judgeNet, features), conditionPart),
    ),
    "loss.g.fake_u": foolLoss(config.loss.adversarial, judge(judgeNet, features)),
    kl: klLoss(story.mean, story.logVariance),
    ...prefixed("p_sa.", selectors),
  };
  let total = tf.add(tf.add(report["loss.g.fake_c"]!, report["loss.g.fake_u"]!), tf.mul(report.kl!, config.loss.kl));
  if (config.loss.damsm > 0) {
    const damsm = alignment(config, net, images, batch.text);
    report["loss.g.damsm"] = damsm;
    total = tf.add(total, tf.mul(damsm, config.loss.damsm));
  }
  const signals = { ...net.signals, ...normalised.updates, ...judgeNet.signals };
  return [total, { report, updates: net.updates, signals }];
}

function generate(config: Config, state: State, text: Text, noise: State, training: boolean): Generated {
  const net = openNet(state, training);
  const { images, selectors } = generateFrames(net, config, text, noise);
  const [stories, frames] = text.sentences.shape as [number, number];
  return { images: images.reshape([stories, frames, ...images.shape.slice(1)]), selectors, updates: net.updates };
}

function blocks(config: Config): Block[] {
  const { g, d } = config.model.db;
  const sizes = (stages: Stage[]) => stages.filter(({ block }) => block).map(({ size }) => size);
  return [
    ...sizes(g === "none" ? [] : generatorStages(config)).map((size) => (
      { name: `g${size}`, network: "generator", size, mode: g } as Block
    )),
    ...sizes(d === "none" ? [] : discriminatorStages(config)).map((size) => (
      { name: `d${size}`, network: "discriminator", size, mode: d } as Block
    )),
  ];
}

/** Both networks in inference mode: the discriminator too reads running statistics, which it keeps of real pairs. */
function inspect(config: Config, state: State, batch: ModelBatch, noise: State): State {
  const words = wordsOf(config, batch.text);
  const pictures = batch.images.reshape([-1, ...batch.images.shape.slice(2)]);
  const { state: normalised } = spectralNorm(state);
  const [painting, drawn, real] = [{}, {}, {}] as [State, State, State];
  const into = (looks: State) => (name: string, value: Tensor) => void (looks[name] = value);
  const { images } = generateFrames(openNet(state, false, into(painting)), config, batch.text, noise);
  encodePictures(openNet(normalised, false, into(drawn)), config, images, words, {}, "fake");
  encodePictures(openNet(normalised, false, into(real)), config, pictures, words, {}, "real");
  const found: State = {};
  for (const { name, network, size } of blocks(config)) {
    const block = `${network}.db${size}`;
    const keep = (as: string, tensor?: Tensor) => tensor && (found[as] = tensor);
    if (network === "generator") {
      keep(`${name}.u`, painting[`${block}.u`]);
      keep(`${name}.words`, painting[`${block}.words`]);
    } else {
      keep(`${name}.drawn.u`, drawn[`${block}.u`]);
      keep(`${name}.real.u`, real[`${block}.u`]);
    }
  }
  return found;
}

/**
 * What the conditional head compares a frame with: its sentence, the story code's mean μ and, where the model is told of
 * them, its labels [B·T, D + c + K].
 *
 * μ is a product of the generator; without the stop it could please the discriminator by changing the question. [ours:
 * the code belongs in the condition by the count of 23.5 M and the peers' habit]
 */
export function conditionOf(text: Text, mean: Tensor): Tensor {
  const [stories, frames] = text.sentences.shape as [number, number];
  const code = stopGradient(mean);
  const tiled = tf.broadcastTo(code.reshape([stories, 1, -1]), [stories, frames, code.shape[1]!]);
  return tf.concat([text.sentences, tiled, ...labelsOf(text)], 2).reshape([stories * frames, -1]);
}

/** Rows moved up by `count`, the first ones to the end: with count = T each frame meets the next story's condition. */
function roll(x: Tensor, count: number): Tensor {
  const rows = x.shape[0]!;
  const rest = x.shape.slice(1);
  const start = (at: number) => [at, ...rest.map(() => 0)];
  return tf.concat([tf.slice(x, start(count), [rows - count, ...rest]), tf.slice(x, start(0), [count, ...rest])], 0);
}

/** DAMSM loss of the drawn frames through the frozen image tower (`tower.*` in the state). */
function alignment(config: Config, net: Net, images: Tensor, text: Text): Tensor {
  const [stories, frames, length, width] = text.words.shape as [number, number, number, number];
  const captions = {
    words: text.words.reshape([stories * frames, length, width]),
    sentence: text.sentences.reshape([stories * frames, width]),
  };
  const mask = text.mask.reshape([stories * frames, length]);
  const classes = tf.tensor1d(Array.from({ length: stories * frames }, (_, i) => Math.floor(i / frames)), "int32");
  return damsmLoss(config, captions, mask, encodeImage(config, net.state, images, false), { classes }).loss;
}

function prefixed(prefix: string, values: State): State {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [prefix + name, value]));
}
