/**
 * Losses of the generator by the frozen image encoder (`tower.*` in the state): DAMSM, a perceptual distance, and which
 * objects its object head finds.
 */
import { type State, type Tensor, tf } from "../../../engine/mod.ts";
import type { Draw } from "../../../data/batches/noise.ts";
import { type EncodedImage, encodeImage, type ImageCode, shownObjects } from "../../damsm/image_encoder.ts";
import { damsmLoss } from "../../damsm/loss.ts";
import { type Net, stopGradient } from "../../net.ts";
import { targetLoss } from "../../object_head.ts";
import { changed, changeNoise } from "./augment.ts";
import type { Text } from "./condition.ts";
import type { OursConfig } from "./settings.ts";

/** A term of the generator's loss. */
interface Term {
  /** As in records, after `loss.g.`. */
  name: string;
  /** A scalar. */
  loss: Tensor;
  weight: number | Tensor;
}

/** Whether one of the losses is on. */
export function usesImageEncoder({ loss: { damsm, perceptual, encoderObjects } }: OursConfig): boolean {
  return damsm > 0 || perceptual > 0 || encoderObjects > 0;
}

/** What changes each picture before the image encoder. */
export function imageLossNoise(config: OursConfig, pictures: number): Record<string, Draw> {
  if (!usesImageEncoder(config) || config.loss.jitter === 0) return {};
  return changeNoise("jitter", pictures);
}

/**
 * The terms that are on.
 *
 * @param drawn [B·T, H, W, 3]
 * @param inputs `images`, the real frames of the same captions [B, T, H, W, 3], and their `targets` [B, T, K]
 * @param falling weights that change with the step, in place of the configuration's
 */
export function imageEncoderLosses(
  config: OursConfig,
  net: Net,
  drawn: Tensor,
  inputs: State,
  text: Text,
  noise: State,
  falling: State = {},
): Term[] {
  if (!usesImageEncoder(config)) return [];
  const { damsm, perceptual, encoderObjects, jitter } = config.loss;
  const seen = (images: Tensor) => jitter > 0 ? changed(images, jitter, noise, "jitter") : images;
  const encode = (images: Tensor) => encodeImage(config, net.state, seen(images), false); // the same change for both
  const ofDrawn = encode(drawn);
  const terms: Term[] = [];
  if (damsm > 0) terms.push({ name: "damsm", loss: alignment(config, ofDrawn, text), weight: damsm });
  if (perceptual > 0) {
    const target = stopGradient(inputs.images!.reshape(drawn.shape));
    const compared = (images: Tensor, { maps }: EncodedImage) => [coarse(images), ...maps.slice(-2)];
    const loss = meanDistance(compared(drawn, ofDrawn), compared(target, encode(target)));
    terms.push({ name: "perceptual", loss, weight: perceptual });
  }
  if (encoderObjects > 0) {
    const logits = shownObjects(net.state, ofDrawn);
    const loss = targetLoss(logits, inputs.targets!.reshape(logits.shape));
    terms.push({ name: "encoder_objects", loss, weight: falling.encoderObjects ?? encoderObjects });
  }
  return terms;
}

/** DAMSM loss of the generated frames. */
function alignment(config: OursConfig, image: ImageCode, text: Text): Tensor {
  const [stories, frames, length, width] = text.words.shape as [number, number, number, number];
  const captions = {
    words: text.words.reshape([stories * frames, length, width]),
    sentence: text.sentences.reshape([stories * frames, width]),
  };
  const mask = text.mask.reshape([stories * frames, length]);
  const classes = tf.tensor1d(Array.from({ length: stories * frames }, (_, i) => Math.floor(i / frames)), "int32");
  return damsmLoss(config, captions, mask, image, { classes }).loss;
}

/** Mean colours of 8×8 cells [N, H/8, W/8, 3]. */
const coarse = (images: Tensor) => tf.avgPool(images as tf.Tensor4D, 8, 8, "valid");

/** Mean absolute difference of each map to its counterpart, mean over the maps. */
function meanDistance(drawn: Tensor[], real: Tensor[]): Tensor {
  const distances = drawn.map((map, i) => tf.mean(tf.abs(tf.sub(map, real[i]!))));
  return tf.div(tf.addN(distances), distances.length);
}
