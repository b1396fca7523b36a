/** Kernels that only rearrange values: reshape, slice, concatenate, repeat. */
import { tf } from "../../tf.ts";
import type { Node } from "../stablehlo/graph.ts";
import { elementCount } from "../pjrt/tensors.ts";
import {
  broadcastInDim,
  broadcastTo,
  concatenate,
  isEmpty,
  pad,
  reshape,
  reverse,
  slice,
  transpose,
} from "../stablehlo/ops.ts";
import { kernel } from "./register.ts";

const axisOf = (axis: unknown, rank: number) => (axis as number) < 0 ? (axis as number) + rank : axis as number;

kernel("Reshape", ["x"], ([x], { shape }) => {
  const wanted = shape as number[];
  const known = elementCount(wanted.filter((n) => n !== -1));
  return reshape(x!, wanted.map((n) => n === -1 ? elementCount(x!.type.shape) / known : n));
});
kernel("ExpandDims", ["input"], ([x], { dim }) => {
  const shape = [...x!.type.shape];
  shape.splice(axisOf(dim, shape.length + 1), 0, 1);
  return reshape(x!, shape);
});
kernel("Transpose", ["x"], ([x], { perm }) => transpose(x!, perm as number[]));
kernel("Reverse", ["x"], ([x], { dims }) => {
  const axes = (Array.isArray(dims) ? dims : [dims]).map((axis) => axisOf(axis, x!.type.shape.length));
  return reverse(x!, axes);
});
kernel("BroadcastTo", ["x"], ([x], { shape }) => broadcastTo(x!, shape as number[]));

kernel("Tile", ["x"], ([x], { reps }) => {
  const times = reps as number[];
  const { shape } = x!.type;
  // [a, b] → [1, a, 1, b] → [r, a, s, b] → [r·a, s·b]
  const spread = shape.flatMap((n, i) => [times[i]!, n]);
  const repeated = broadcastInDim(x!, spread, shape.map((_, i) => 2 * i + 1));
  return reshape(repeated, shape.map((n, i) => n * times[i]!));
});

kernel("Concat", ["..."], (parts, { axis }) => {
  const at = axisOf(axis, parts[0]!.type.shape.length);
  const full = parts.filter((part) => !isEmpty(part));
  return full.length > 0 ? concatenate(full, at) : concatenate(parts, at);
});
kernel("Pack", ["..."], (parts, { axis }) => {
  const at = axisOf(axis, parts[0]!.type.shape.length + 1);
  const shape = [...parts[0]!.type.shape];
  shape.splice(at, 0, 1);
  return concatenate(parts.map((part) => reshape(part, shape)), at);
});

/** The part of x from `from` to `to` along one axis. */
function cut(x: Node, axis: number, from: number, to: number): Node {
  const begin = x.type.shape.map(() => 0);
  const end = [...x.type.shape];
  [begin[axis], end[axis]] = [from, to];
  return slice(x, begin, end);
}
kernel("Unpack", ["value"], ([x], { axis }) => {
  const at = axisOf(axis, x!.type.shape.length);
  const shape = x!.type.shape.filter((_, i) => i !== at);
  return Array.from({ length: x!.type.shape[at]! }, (_, i) => reshape(cut(x!, at, i, i + 1), shape));
});
kernel("SplitV", ["x"], ([x], { numOrSizeSplits, axis }) => {
  const at = axisOf(axis, x!.type.shape.length);
  const sizes = tf.backend_util.prepareSplitSize(
    { shape: x!.type.shape } as tf.Tensor,
    numOrSizeSplits as number | number[],
    at,
  );
  let from = 0;
  return sizes.map((size) => cut(x!, at, from, from += size));
});
kernel("Slice", ["x"], ([x], { begin, size }) => {
  const [start, sizes] = tf.slice_util.parseSliceParams(
    { shape: x!.type.shape } as tf.Tensor,
    begin as number[],
    size as number[],
  ) as [number[], number[]];
  return slice(x!, start, start.map((from, i) => from + sizes[i]!));
});
kernel("StridedSlice", ["x"], ([x], attributes) => {
  const a = attributes as {
    begin: number[];
    end: number[];
    strides: number[];
    beginMask: number;
    endMask: number;
    ellipsisMask: number;
    newAxisMask: number;
    shrinkAxisMask: number;
  };
  const info = tf.slice_util.sliceInfo(
    x!.type.shape,
    a.begin,
    a.end,
    a.strides,
    a.beginMask,
    a.endMask,
    a.ellipsisMask,
    a.newAxisMask,
    a.shrinkAxisMask,
  );
  // A negative stride goes from `begin` back to just after `end`: cut this part, reverse it, then use the positive
  // stride.
  const back = info.strides.map((step) => step < 0);
  const begin = info.begin.map((from, i) => back[i] ? info.end[i]! + 1 : from);
  const end = info.end.map((to, i) => back[i] ? info.begin[i]! + 1 : to);
  const source = reshape(x!, info.begin.map((_, i) => x!.type.shape[i]!));
  const piece = reverse(slice(source, begin, end), back.flatMap((turned, axis) => turned ? [axis] : []));
  const stepped = slice(piece, begin.map(() => 0), piece.type.shape, info.strides.map(Math.abs));
  return reshape(stepped, info.finalShape);
});
kernel("PadV2", ["x"], ([x], { paddings, constantValue }) => {
  const amounts = paddings as [number, number][];
  return pad(x!, constantValue as number, amounts.map(([low]) => low), amounts.map(([, high]) => high));
});
