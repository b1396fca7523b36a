/** Random changes of pictures that gradients flow through: a shift and other colours, by numbers in (−1, 1). */
import { type State, type Tensor, tf } from "../../../engine/mod.ts";
import type { Draw } from "../../../data/batches/noise.ts";
import type { OursConfig } from "./settings.ts";

/** The random numbers of {@link changed} for `count` pictures or stories: `NAME.shift` [N, 2], `NAME.colour` [N, 2, 3]. */
export function changeNoise(name: string, count: number): Record<string, Draw> {
  return {
    [`${name}.shift`]: { shape: [count, 2], kind: "uniform" },
    [`${name}.colour`]: { shape: [count, 2, 3], kind: "uniform" },
  };
}

/**
 * Pictures [N, H, W, 3] moved by up to `pixels` and recoloured by the random numbers `NAME.*`, one for each picture, or
 * one for each story of N/B frames.
 *
 * @param whole move by whole pixels, which blurs nothing
 */
export function changed(images: Tensor, pixels: number, noise: State, name: string, whole = false): Tensor {
  const ofPicture = (x: Tensor) => {
    const [stories, ...rest] = x.shape as [number, ...number[]];
    const frames = images.shape[0]! / stories;
    return tf.tile(x.reshape([stories, 1, ...rest]), [1, frames, ...rest.map(() => 1)]).reshape([-1, ...rest]);
  };
  const by = tf.mul(ofPicture(noise[`${name}.shift`]!), pixels); // [N, 2]
  const moved = shift(images, whole ? tf.floor(tf.add(by, 0.5)) : by);
  return recolour(moved, ofPicture(noise[`${name}.colour`]!));
}

/** What changes the stories that the discriminator sees, see `loss.augment`: real and drawn ones by numbers of their own. */
export function augmentNoise({ loss: { augment } }: OursConfig, stories: number): Record<string, Draw> {
  return augment > 0 ? { ...changeNoise("augment.real", stories), ...changeNoise("augment.fake", stories) } : {};
}

/**
 * Pictures as the discriminator sees them; all frames of a story are changed alike. They move by whole pixels: of real
 * pictures that fractions had blurred, the generator would learn the blur.
 */
export function augmented(
  { loss: { augment } }: OursConfig,
  images: Tensor,
  noise: State,
  of: "real" | "fake",
): Tensor {
  return augment > 0 ? changed(images, augment, noise, `augment.${of}`, true) : images;
}

/**
 * Pictures [N, H, W, C] moved by fractions of pixels [N, 2] (down, right), with bilinear interpolation and borders of 0 (grey).
 *
 * Row i of the result is the weighted sum of rows j with weights max(0, 1 − |i − shift − j|), a product with a matrix,
 * through which gradients flow.
 */
export function shift(images: Tensor, by: Tensor): Tensor {
  const [pictures, height, width, channels] = images.shape as [number, number, number, number];
  const [down, right] = tf.split(by, 2, 1) as [Tensor, Tensor]; // [N, 1]
  const rows = tf.matMul(weights(height, down), images.reshape([pictures, height, width * channels]));
  const byColumn = tf.transpose(rows.reshape([pictures, height, width, channels]), [0, 2, 1, 3]);
  const columns = tf.matMul(weights(width, right), byColumn.reshape([pictures, width, height * channels]));
  return tf.transpose(columns.reshape([pictures, width, height, channels]), [0, 2, 1, 3]);
}

/** Largest change of contrast (a factor) and brightness of a colour channel. */
const RECOLOUR = 0.1;

/** Pictures [N, H, W, 3] with other contrast and brightness in each channel, by random numbers in (−1, 1) [N, 2, 3]. */
export function recolour(images: Tensor, by: Tensor): Tensor {
  const [contrast, brightness] = tf.split(tf.mul(by, RECOLOUR), 2, 1) as [Tensor, Tensor]; // [N, 1, 3]
  const perPicture = (x: Tensor) => x.reshape([-1, 1, 1, 3]);
  return tf.add(tf.mul(images, tf.add(perPicture(contrast), 1)), perPicture(brightness));
}

/** Weights of the old positions j for each new one i [N, size, size]. */
function weights(size: number, by: Tensor): Tensor {
  const grid = tf.sub(tf.range(0, size).reshape([1, size, 1]), tf.range(0, size).reshape([1, 1, size])); // i − j
  return tf.relu(tf.sub(1, tf.abs(tf.sub(grid, by.reshape([-1, 1, 1])))));
}
