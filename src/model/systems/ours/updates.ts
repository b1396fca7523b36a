/**
 * The losses of both networks: an update of the discriminator, then one of the generator against it. [paper:
 * alternating]
 */
import { fail } from "../../../base/errors.ts";
import { type State, type Tensor, tf } from "../../../engine/mod.ts";
import type { Loss, Optimiser, Update } from "../../contract.ts";
import { accuracy, discriminatorLoss, generatorLoss, klLoss } from "../../losses.ts";
import { type Net, openNet, stopGradient } from "../../net.ts";
import { objectLogits, rejectionLoss, targetLoss } from "../../object_head.ts";
import { spectralNorm } from "../../spectral_norm.ts";
import { augmented } from "./augment.ts";
import { labelsOf, type Text, textOf } from "./condition.ts";
import {
  conditionalHead,
  discriminatorStages,
  type EncodedPictures,
  encodePictures,
  joinCondition,
  joinFeatures,
  unconditionalHead,
} from "./discriminator.ts";
import { type Words, wordsOf } from "./dynamic_block.ts";
import { generateFrames } from "./generator.ts";
import { imageEncoderLosses } from "./image_losses.ts";
import type { OursConfig } from "./settings.ts";
import { meanOfFrames, mixStories, nextStory } from "./stories.ts";

/** Both updates of a training step. */
export function oursUpdates(config: OursConfig): Update[] {
  const { learningRateG, learningRateD, beta1, beta2 } = config.train;
  if (config.loss.encoderObjects > 0 && config.text.objects === 0) {
    fail(
      "loss.encoderObjects needs an image encoder with an object head: set text.objects=20, or loss.encoderObjects=0.",
    );
  }
  return [
    {
      name: "d",
      trains: ["discriminator.", ...(config.loss.objects > 0 ? ["objects."] : [])],
      optimiser: { rate: fallingRate(config, learningRateD), beta1, beta2 },
      loss: (state, { stories }, noise) => lossOfDiscriminator(config, state, stories!, noise),
    },
    {
      name: "g",
      trains: ["generator."],
      optimiser: { rate: fallingRate(config, learningRateG), beta1, beta2 },
      weights: (step) => fallingWeights(config, step),
      loss: (state, { stories }, noise, weights) => lossOfGenerator(config, state, stories!, noise, weights),
    },
  ];
}

/** The learning rate by step (from 1), see `train.decay`. */
export function fallingRate({ train: { decay, steps } }: OursConfig, rate: number): Optimiser["rate"] {
  if (decay === "none") return rate;
  return (step) => {
    const done = Math.min(1, (step - 1) / steps);
    return rate * (decay === "linear" ? 1 - done : (1 + Math.cos(Math.PI * done)) / 2);
  };
}

/** The weights of the generator's losses that fall, by their keys, at a step (from 1). */
export function fallingWeights(config: OursConfig, step: number): Record<string, number> {
  const { loss: { encoderObjects, encoderObjectsUntil }, train: { steps } } = config;
  if (encoderObjects === 0 || encoderObjectsUntil === 0) return {};
  return { encoderObjects: encoderObjects * Math.max(0, 1 - (step - 1) / (encoderObjectsUntil * steps)) };
}

/**
 * (real_c + real_u)/2 + (fake_c + fake_u + wrong_c)/3 [authors: AttnGAN] + story·(real_s + (fake_s + mixed_s)/2). [ours]
 *
 * `wrong` pairs a real frame with the words, sentence and story code of the next story in the batch; the peers take the
 * next frame, often nearly the same picture. `_s` are whole stories: the mean of the features of their frames, which the
 * conditional head evaluates with the mean of their conditions; `mixed` ones have frames of different stories. [ours]
 * The object head learns from real frames, by their features before any words; with `objectsFrom=both` it also learns not
 * to find in drawn frames what they should show.
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
  const words = wordsOf(real, "discriminator", config, text);

  const [stories, frames, ...size] = inputs.images!.shape as [number, number, ...number[]];
  const realPictures = inputs.images!.reshape([stories * frames, ...size]); // [B·T, H, W, 3]
  const encoded = encodePictures(real, config, augmented(config, realPictures, noise, "real"), words, noise, "real");
  const featurePart = joinFeatures(real, encoded.features); // [B·T, 4, 4, 8n]
  const encodedFake = encodePictures(other, config, augmented(config, images, noise, "fake"), words, noise, "fake");
  const fakePart = joinFeatures(other, encodedFake.features);
  const wrongPart = wrongWords(config, other, encoded, words, noise, stories) ?? featurePart;

  const conditionPart = joinCondition(real, conditionOf(text, story.mean)); // [B·T, 4, 4, 8n]
  const logits: Record<string, Tensor> = {
    real_c: conditionalHead(real, featurePart, conditionPart),
    real_u: unconditionalHead(real, encoded.features),
    fake_c: conditionalHead(other, fakePart, conditionPart),
    fake_u: unconditionalHead(other, encodedFake.features),
    wrong_c: conditionalHead(other, wrongPart, nextStory(conditionPart, stories)),
  };
  if (judgesStories(config, frames)) {
    // Both parts are linear, so the mean over frames can be taken after them.
    const ofStory = meanOfFrames(conditionPart, stories);
    const logitsOf = (part: Tensor) => conditionalHead(other, meanOfFrames(part, stories), ofStory);
    logits.real_s = logitsOf(featurePart);
    logits.fake_s = logitsOf(fakePart);
    logits.mixed_s = logitsOf(mixStories(featurePart, stories));
  }
  const losses = Object.fromEntries(
    Object.entries(logits).map(([name, x]) => [
      name,
      discriminatorLoss(config.loss.adversarial, x, name.startsWith("real")),
    ]),
  ) as Record<string, Tensor>;
  const { real_c, real_u, fake_c, fake_u, wrong_c, real_s, fake_s, mixed_s } = losses;
  let total = tf.add(
    tf.div(tf.add(real_c!, real_u!), 2),
    tf.div(tf.add(tf.add(fake_c!, fake_u!), wrong_c!), 3),
  );
  if (real_s) {
    total = tf.add(total, tf.mul(tf.add(real_s, tf.div(tf.add(fake_s!, mixed_s!), 2)), config.loss.story));
  }
  if (config.loss.objects > 0) {
    const logits = objectLogits(real, "objects", encoded.ofPicture); // [B·T, K]
    const targets = inputs.targets!.reshape(logits.shape);
    losses.objects = targetLoss(logits, targets);
    total = tf.add(total, tf.mul(losses.objects, config.loss.objects));
    if (config.loss.objectsFrom === "both") {
      losses.fake_objects = rejectionLoss(objectLogits(other, "objects", encodedFake.ofPicture), targets);
      total = tf.add(total, tf.mul(losses.fake_objects, config.loss.objects));
    }
  }
  const report = {
    ...prefixed("loss.d.", losses),
    "accuracy.real": accuracy(logits.real_c!, true),
    "accuracy.fake": accuracy(logits.fake_c!, false),
    "accuracy.wrong": accuracy(logits.wrong_c!, false),
    ...(logits.mixed_s ? { "accuracy.mixed": accuracy(logits.mixed_s, false) } : {}),
    ...prefixed("p_sa.", encoded.selectors),
  };
  const signals = { ...generator.signals, ...normalised.updates, ...real.signals };
  return [total, { report, updates: { ...real.updates, ...normalised.updates }, signals }];
}

/** Whether stories are evaluated as wholes; with one frame, a mixed story would be a real one. */
const judgesStories = ({ loss: { story } }: OursConfig, frames: number) => story > 0 && frames > 1;

/** Features of the real frames, encoded again with the words of the next story; undefined where no block reads words. */
function wrongWords(
  config: OursConfig,
  net: Net,
  { ofPicture }: EncodedPictures,
  { values, mask }: Words,
  noise: State,
  stories: number,
): Tensor | undefined {
  const { loss, model: { db } } = config;
  const readsWords = discriminatorStages(config).some(({ block }) => block) && (db.d === "both" || db.d === "wsa");
  if (loss.wrong === "condition" || !readsWords) return undefined;
  const others = { values: nextStory(values, stories), mask: nextStory(mask, stories) };
  return joinFeatures(net, encodePictures(net, config, ofPicture, others, noise, "wrong", "first block").features);
}

/**
 * fake_c + fake_u + story·fake_s + kl·KL + objects + image losses, with the weights of {@link fallingWeights} in place of
 * constant ones. The discriminator is the updated one; its statistics stay.
 */
function lossOfGenerator(config: OursConfig, state: State, inputs: State, noise: State, falling: State): Loss {
  const { adversarial, kl, story: ofStory } = config.loss;
  const text = textOf(inputs);
  const net = openNet(state, true);
  const { images, story, selectors } = generateFrames(net, config, text, noise);
  const normalised = spectralNorm(state);
  const discriminator = openNet(normalised.state, true);
  const words = wordsOf(discriminator, "discriminator", config, text);
  const seen = augmented(config, images, noise, "fake");
  const { features, ofPicture } = encodePictures(discriminator, config, seen, words, noise, "fake");
  const featurePart = joinFeatures(discriminator, features);
  const conditionPart = joinCondition(discriminator, conditionOf(text, story.mean));
  const report: State = {
    "loss.g.fake_c": generatorLoss(adversarial, conditionalHead(discriminator, featurePart, conditionPart)),
    "loss.g.fake_u": generatorLoss(adversarial, unconditionalHead(discriminator, features)),
    kl: klLoss(story.mean, story.logVariance),
    ...prefixed("p_sa.", selectors),
  };
  let total = tf.add(tf.add(report["loss.g.fake_c"]!, report["loss.g.fake_u"]!), tf.mul(report.kl!, kl));
  const add = (name: string, loss: Tensor, weight: number | Tensor) => {
    report[`loss.g.${name}`] = loss;
    total = tf.add(total, tf.mul(loss, weight));
  };
  const [stories, frames] = text.sentences.shape as [number, number];
  if (judgesStories(config, frames)) {
    const [part, condition] = [meanOfFrames(featurePart, stories), meanOfFrames(conditionPart, stories)];
    add("fake_s", generatorLoss(adversarial, conditionalHead(discriminator, part, condition)), ofStory);
  }
  if (config.loss.objects > 0) {
    const logits = objectLogits(discriminator, "objects", ofPicture);
    add("objects", targetLoss(logits, inputs.targets!.reshape(logits.shape)), config.loss.objects);
  }
  for (const { name, loss, weight } of imageEncoderLosses(config, net, images, inputs, text, noise, falling)) {
    add(name, loss, weight);
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

function prefixed(prefix: string, values: State): State {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [prefix + name, value]));
}
