/** Kernels that use indices: gather, scatter, one-hot, top k. */
import { elementOf } from "../backend.ts";
import { elementCount } from "../pjrt/tensors.ts";
import { literal, type Node } from "../stablehlo/graph.ts";
import {
  binary,
  broadcastInDim,
  broadcastTo,
  compare,
  convert,
  gatherRows,
  iota,
  reduce,
  reshape,
  select,
  slice,
  splat,
} from "../stablehlo/ops.ts";
import { argsortDescending, scatterAddRows, scatterRows } from "../stablehlo/region_ops.ts";
import { kernel } from "./register.ts";

const axisOf = (axis: unknown, rank: number) => (axis as number) < 0 ? (axis as number) + rank : axis as number;
const sum = (a: Node, b: Node) => binary("add", a, b);
const product = (a: Node, b: Node) => binary("multiply", a, b);

/**
 * tfjs's gather: the elements at the indices along `axis`, where the first `batchDims` axes of x and indices
 * correspond. The batch axes and all axes before `axis` are merged with it to rows [batch·outer·n, inner]. One look-up
 * then suffices, with an offset added to the indices of each batch element.
 */
kernel("GatherV2", ["x", "indices"], ([x, indices], { axis, batchDims }) => {
  const { shape } = x!.type;
  const at = axisOf(axis, shape.length);
  const batched = axisOf(batchDims ?? 0, indices!.type.shape.length);
  const n = shape[at]!;
  const [batch, outer, inner] = [shape.slice(0, batched), shape.slice(batched, at), shape.slice(at + 1)];
  const wanted = indices!.type.shape.slice(batched);
  const [b, o, k, i] = [batch, outer, wanted, inner].map(elementCount) as [number, number, number, number];
  const result = [...batch, ...outer, ...wanted, ...inner];
  // [b, k] → [b, o, k]: the index within its row, plus the start of the row
  const clamped = clamp(convert(indices!, "i32"), n - 1);
  const spread = broadcastInDim(reshape(clamped, [b, k]), [b, o, k], [0, 2]);
  const row = sum(product(iota([b, o, k], 0), splat(o, [b, o, k], "i32")), iota([b, o, k], 1));
  const places = sum(product(row, splat(n, [b, o, k], "i32")), spread);
  return reshape(gatherRows(reshape(x!, [b * o * n, i]), reshape(places, [b * o * k])), result);
});

/** Clamps indices to 0 … last, because an index out of range would refer to the next row. */
function clamp(indices: Node, last: number): Node {
  const { shape } = indices.type;
  return binary("minimum", binary("maximum", indices, splat(0, shape, "i32")), splat(Math.max(0, last), shape, "i32"));
}

/** For indices [..., d]: the row of x, as [n₁·…·n_d, rest], that each refers to, as a list of numbers. */
function rowNumbers(indices: Node, shape: number[]): { numbers: Node; rows: number; rest: number[] } {
  const depth = indices.type.shape.at(-1)!;
  const leading = shape.slice(0, depth);
  const steps = leading.map((_, i) => elementCount(leading.slice(i + 1)));
  const count = elementCount(indices.type.shape.slice(0, -1));
  const step = broadcastTo(literal(Int32Array.from(steps), { shape: [depth], element: "i32" }), [count, depth]);
  const numbers = depth === 0
    ? splat(0, [count], "i32")
    : reduce(product(reshape(convert(indices, "i32"), [count, depth]), step), [1], "add");
  return { numbers, rows: elementCount(leading), rest: shape.slice(depth) };
}
kernel("GatherNd", ["params", "indices"], ([x, indices]) => {
  const { numbers, rows, rest } = rowNumbers(indices!, x!.type.shape);
  return reshape(gatherRows(reshape(x!, [rows, ...rest]), numbers), [...indices!.type.shape.slice(0, -1), ...rest]);
});
kernel("ScatterNd", ["indices", "updates"], ([indices, updates], { shape }) => {
  const { numbers, rows, rest } = rowNumbers(indices!, shape as number[]);
  const flat = reshape(updates!, [numbers.type.shape[0]!, ...rest]);
  return reshape(scatterAddRows(flat, numbers, rows), shape as number[]);
});
kernel("TensorScatterUpdate", ["tensor", "indices", "updates"], ([x, indices, updates]) => {
  const { shape } = x!.type;
  const { numbers, rows, rest } = rowNumbers(indices!, shape);
  const flat = reshape(updates!, [numbers.type.shape[0]!, ...rest]);
  return reshape(scatterRows(reshape(x!, [rows, ...rest]), numbers, flat, "second"), shape);
});

kernel("UnsortedSegmentSum", ["x", "segmentIds"], ([x, ids], { numSegments }) => {
  return scatterAddRows(x!, ids!, numSegments as number);
});
kernel("OneHot", ["indices"], ([indices], { depth, onValue, offValue, dtype }) => {
  const shape = [...indices!.type.shape, depth as number];
  const element = elementOf((dtype as string | undefined) ?? "int32");
  const given = broadcastInDim(convert(indices!, "i32"), shape, indices!.type.shape.map((_, i) => i));
  const hit = compare("EQ", given, iota(shape, shape.length - 1));
  return select(hit, splat(onValue as number, shape, element), splat(offValue as number, shape, element));
});

/** The result is always sorted; tfjs allows any order where `sorted` is false. */
kernel("TopK", ["x"], ([x], { k }) => {
  const { shape } = x!.type;
  const last = shape.length - 1;
  const [n, kept] = [shape[last]!, k as number];
  const begin = shape.map(() => 0);
  const end = [...shape.slice(0, last), kept];
  const indices = slice(argsortDescending(x!, iota(shape, last)), begin, end); // [..., k]
  const rows = elementCount(shape.slice(0, last));
  const start = product(iota([rows, kept], 0), splat(n, [rows, kept], "i32"));
  const places = reshape(sum(start, reshape(indices, [rows, kept])), [rows * kept]);
  return [reshape(gatherRows(reshape(x!, [rows * n]), places), end), indices];
});
