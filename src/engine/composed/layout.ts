/** Kernels that rearrange values, composed for `xla`: mirror padding, space to batch, depth to space, diagonals. */
import { fail } from "../../base/errors.ts";
import { type Tensor, tf } from "../tf.ts";
import { composed } from "./register.ts";

/** The part of x that starts at `from` and has length `size` along one axis. */
function cut(x: Tensor, axis: number, from: number, size: number): Tensor {
  const begin = x.shape.map((_, i) => i === axis ? from : 0);
  return tf.slice(x, begin, x.shape.map((n, i) => i === axis ? size : n));
}

/** Dilates x: along each axis the elements stand `step` apart, with zeros between; n becomes (n − 1)·step + 1. */
export function spread(x: Tensor, steps: number[]): Tensor {
  return steps.reduce((y, step, axis) => {
    const [before, n, after] = [y.shape.slice(0, axis), y.shape[axis]!, y.shape.slice(axis + 1)];
    if (step === 1 || n === 0) return y;
    const around = [...before, n, 1, ...after].map((_, i) => i === axis + 1 ? [0, step - 1] : [0, 0]);
    const apart = tf.pad(tf.reshape(y, [...before, n, 1, ...after]), around as [number, number][]);
    const long = tf.reshape(apart, [...before, n * step, ...after]);
    const size = long.shape.map((length, i) => i === axis ? length - step + 1 : length);
    return tf.slice(long, size.map(() => 0), size);
  }, x);
}

export interface Mirror {
  paddings: [number, number][];
  mode: "reflect" | "symmetric";
}

/** Pads x with its mirror image, which includes the outermost elements (symmetric) or excludes them (reflect). */
export function mirrorPad(x: Tensor, { paddings, mode }: Mirror): Tensor {
  const skip = mode === "reflect" ? 1 : 0;
  return paddings.reduce((y, [before, after], axis) => {
    const n = y.shape[axis]!;
    const parts = [
      tf.reverse(cut(y, axis, skip, before), axis),
      y,
      tf.reverse(cut(y, axis, n - skip - after, after), axis),
    ];
    const there = parts.filter((part) => part.shape[axis]! > 0);
    return there.length > 1 ? tf.concat(there, axis) : y;
  }, x);
}

/** The gradient of {@link mirrorPad}: the gradient of a mirrored element is added to that of its original. */
export function mirrorPadGradient(dy: Tensor, { paddings, mode }: Mirror): Tensor {
  const skip = mode === "reflect" ? 1 : 0;
  return paddings.reduceRight((y, [before, after], axis) => {
    const n = y.shape[axis]! - before - after;
    const placed = (part: Tensor, from: number) =>
      tf.pad(tf.reverse(part, axis), y.shape.map((_, i) => i === axis ? [from, n - from - part.shape[axis]!] : [0, 0]));
    const terms = [cut(y, axis, before, n)];
    if (before > 0) terms.push(placed(cut(y, axis, 0, before), skip));
    if (after > 0) terms.push(placed(cut(y, axis, before + n, after), n - skip - after));
    return tf.addN(terms);
  }, dy);
}
composed("MirrorPad", ["xla"], ({ x }, attributes) => mirrorPad(x!, attributes as unknown as Mirror));

const even = (rank: number, from: number) => Array.from({ length: rank }, (_, i) => from + 2 * i);

/** [B, s₁, …, rest] in blocks b₁×…: [b₁·…·B, s₁/b₁, …, rest]. */
composed("SpaceToBatchND", ["xla"], ({ x }, { blockShape, paddings }) => {
  const blocks = blockShape as number[];
  const m = blocks.length;
  const rest = x!.shape.slice(1 + m);
  const around = [[0, 0], ...paddings as [number, number][], ...rest.map(() => [0, 0])] as [number, number][];
  const padded = tf.pad(x!, around);
  const sizes = blocks.map((block, i) => padded.shape[1 + i]! / block);
  const [batch] = x!.shape as [number];
  const split = tf.reshape(padded, [batch, ...blocks.flatMap((block, i) => [sizes[i]!, block]), ...rest]);
  const order = [...even(m, 2), 0, ...even(m, 1), ...rest.map((_, i) => 1 + 2 * m + i)];
  const count = tf.util.sizeFromShape(blocks);
  return tf.reshape(tf.transpose(split, order), [batch * count, ...sizes, ...rest]);
});

/** The inverse of SpaceToBatchND, with `crops` removed. */
composed("BatchToSpaceND", ["xla"], ({ x }, { blockShape, crops }) => {
  const blocks = blockShape as number[];
  const m = blocks.length;
  const [sizes, rest] = [x!.shape.slice(1, 1 + m), x!.shape.slice(1 + m)];
  const batch = x!.shape[0]! / tf.util.sizeFromShape(blocks);
  const split = tf.reshape(x!, [...blocks, batch, ...sizes, ...rest]);
  const pairs = blocks.flatMap((_, i) => [m + 1 + i, i]);
  const joined = tf.transpose(split, [m, ...pairs, ...rest.map((_, i) => 1 + 2 * m + i)]);
  const whole = tf.reshape(joined, [batch, ...sizes.map((n, i) => n * blocks[i]!), ...rest]);
  const cuts = crops as [number, number][];
  return cuts.reduce((y, [before, after], i) => cut(y, 1 + i, before, y.shape[1 + i]! - before - after), whole);
});

/** [B, H, W, b·b·C] → [B, b·H, b·W, C]: each pixel's channels become a block of pixels. */
composed("DepthToSpace", ["xla"], ({ x }, { blockSize, dataFormat }) => {
  const b = blockSize as number;
  if (dataFormat === "NCHW") fail("depthToSpace takes NHWC data on the xla engine; transpose to NHWC first.");
  const [batch, h, w, c] = x!.shape as [number, number, number, number];
  const split = tf.reshape(x!, [batch, h, w, b, b, c / (b * b)]);
  return tf.reshape(tf.transpose(split, [0, 1, 3, 2, 4, 5]), [batch, h * b, w * b, c / (b * b)]);
});

composed("FlipLeftRight", ["xla"], ({ image }) => tf.reverse(image!, 2));

/** x on the diagonal, zeros elsewhere: a shape followed by itself. */
composed("Diag", ["xla"], ({ x }) => {
  const diagonal = tf.mul(tf.reshape(x!, [x!.size, 1]), tf.cast(tf.eye(x!.size), x!.dtype));
  return tf.reshape(diagonal, [...x!.shape, ...x!.shape]);
});
