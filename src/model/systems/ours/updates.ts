/**
 * The losses of both networks: an update of the discriminator, then one of the generator against it. [paper:
 * alternating]
 */
import { type State, type Tensor, tf } from "../../../engine/mod.ts";
import type { Loss, Update } from "../../contract.ts";
import { encodeImage } from "../../damsm/image_encoder.ts";
import { damsmLoss } from "../../damsm/loss.ts";
import { accuracy, discriminatorLoss, generatorLoss, klLoss } from "../../losses.ts";
import { type Net, openNet, stopGradient } from "../../net.ts";
import { spectralNorm } from "../../spectral_norm.ts";
import { labelsOf, type Text, textOf } from "./condition.ts";
import { conditionalHead, encodePictures, joinCondition, joinFeatures, unconditionalHead } from "./discriminator.ts";
import { wordsOf } from "./dynamic_block.ts";
import { generateFrames } from "./generator.ts";
import type { OursConfig } from "./settings.ts";

/** Both updates of a training step. */
export function oursUpdates(config: OursConfig): Update[] {
  const { learningRateG, learningRateD, beta1, beta2 } = config.train;
  return [
    {
      name: "d",
      trains: ["discriminator."],
      optimiser: { rate: learningRateD, beta1, beta2 },
      loss: (state, { stories }, noise) => lossOfDiscriminator(config, state, stories!, noise),
    },
    {
      name: "g",
      trains: ["generator."],
      optimiser: { rate: learningRateG, beta1, beta2 },
      loss: (state, { stories }, noise) => lossOfGenerator(config, state, stories!, noise),
    },
  ];
}

/**
 * (real_c + real_u)/2 + (fake_c + fake_u + wrong_c)/3. [authors: AttnGAN]
 *
 * `wrong` pairs a real frame with sentence and story code of the next story in the batch; the peers take the next
 * frame, often nearly the same picture. Only the condition of the head is exchanged: the features keep their own words,
 * since features with other words would need a third pass through the encoder. [ours]
 *
 * Generated frames come from the same function, noise and parameters that the generator's loss uses, so that a compiler
 * merges the two. Their gradient need not be stopped: only `discriminator.*` is differentiated.
 */
function lossOfDiscriminator(config: OursConfig, state: State, inputs: State, noise: State): Loss {
  const text = textOf(inputs);
  const generator = openNet(state, true);
  const { images, story } = generateFrames(generator, config, text, noise);
  const normalised = spectralNorm(state);
  const real = openNet(normalised.state, true); // running statistics are those of real pairs
  const other = openNet(normalised.state, true); // its running statistics are dropped
  const words = wordsOf(config, text);
  const condition = conditionOf(text, story.mean);

  const [stories, frames, ...size] = inputs.images!.shape as [number, number, ...number[]];
  const realPictures = inputs.images!.reshape([stories * frames, ...size]); // [B·T, H, W, 3]
  const { features, selectors } = encodePictures(real, config, realPictures, words, noise, "real");
  const featurePart = joinFeatures(real, features);
  const fake = encodePictures(other, config, images, words, noise, "fake").features;

  const conditionPart = joinCondition(real, condition);
  const logits = {
    real_c: conditionalHead(real, featurePart, conditionPart),
    real_u: unconditionalHead(real, features),
    fake_c: conditionalHead(other, joinFeatures(other, fake), conditionPart),
    fake_u: unconditionalHead(other, fake),
    wrong_c: conditionalHead(other, featurePart, roll(conditionPart, frames)),
  };
  const loss = (name: keyof typeof logits) =>
    discriminatorLoss(config.loss.adversarial, logits[name], name.startsWith("real"));
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
  const signals = { ...generator.signals, ...normalised.updates, ...real.signals };
  return [total, { report, updates: { ...real.updates, ...normalised.updates }, signals }];
}

/** fake_c + fake_u + kl·KL + damsm·DAMSM. The discriminator is the updated one; its running statistics stay. */
function lossOfGenerator(config: OursConfig, state: State, inputs: State, noise: State): Loss {
  const text = textOf(inputs);
  const net = openNet(state, true);
  const { images, story, selectors } = generateFrames(net, config, text, noise);
  const normalised = spectralNorm(state);
  const discriminator = openNet(normalised.state, true);
  const { features } = encodePictures(discriminator, config, images, wordsOf(config, text), noise, "fake");
  const conditionPart = joinCondition(discriminator, conditionOf(text, story.mean));
  const report: State = {
    "loss.g.fake_c": generatorLoss(
      config.loss.adversarial,
      conditionalHead(discriminator, joinFeatures(discriminator, features), conditionPart),
    ),
    "loss.g.fake_u": generatorLoss(config.loss.adversarial, unconditionalHead(discriminator, features)),
    kl: klLoss(story.mean, story.logVariance),
    ...prefixed("p_sa.", selectors),
  };
  let total = tf.add(tf.add(report["loss.g.fake_c"]!, report["loss.g.fake_u"]!), tf.mul(report.kl!, config.loss.kl));
  if (config.loss.damsm > 0) {
    const damsm = alignment(config, net, images, text);
    report["loss.g.damsm"] = damsm;
    total = tf.add(total, tf.mul(damsm, config.loss.damsm));
  }
  const signals = { ...net.signals, ...normalised.updates, ...discriminator.signals };
  return [total, { report, updates: net.updates, signals }];
}

/**
 * The condition of a frame in the conditional head: its sentence, the story code's mean μ and, where the model
 * is given them, its labels [B·T, D + c + K].
 *
 * μ is computed by the generator; without the stop it could lower its loss by changing the condition. [ours: the code
 * belongs in the condition by the count of 23.5 M and the peers' habit]
 */
export function conditionOf(text: Text, mean: Tensor): Tensor {
  const [stories, frames] = text.sentences.shape as [number, number];
  const code = stopGradient(mean);
  const tiled = tf.broadcastTo(code.reshape([stories, 1, -1]), [stories, frames, code.shape[1]!]);
  return tf.concat([text.sentences, tiled, ...labelsOf(text)], 2).reshape([stories * frames, -1]);
}

/** Rows moved up by `count`, the first ones to the end: with count = T each frame gets the next story's condition. */
function roll(x: Tensor, count: number): Tensor {
  const rows = x.shape[0]!;
  const rest = x.shape.slice(1);
  const start = (at: number) => [at, ...rest.map(() => 0)];
  return tf.concat([tf.slice(x, start(count), [rows - count, ...rest]), tf.slice(x, start(0), [count, ...rest])], 0);
}

/** DAMSM loss of the generated frames through the frozen image encoder (`tower.*` in the state). */
function alignment(config: OursConfig, net: Net, images: Tensor, text: Text): Tensor {
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
