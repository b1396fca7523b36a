/**
 * The StableHLO operations: one function for each, from nodes to a node. Shapes are computed here. The kernels are
 * composed of these functions.
 */
import { elementCount, type ElementType } from "../pjrt/tensors.ts";
import { literal, type Node, operation, typeText } from "./graph.ts";
import { products } from "../precision.ts";

/** `[1, 2]` */
export const list = (values: readonly (number | boolean)[]) => `[${values.join(", ")}]`;
/** `(operand types) -> result type`. */
export const functionType = (inputs: Node[], shape: number[], element: ElementType) =>
  `(${inputs.map((input) => typeText(input.type)).join(", ")}) -> ${typeText({ shape, element })}`;

/** One value repeated over a shape. */
export function splat(value: number, shape: number[] = [], element: ElementType = "f32"): Node {
  const one = element === "f32"
    ? Float32Array.of(value)
    : element === "i32"
    ? Int32Array.of(value)
    : Uint8Array.of(value ? 1 : 0);
  return literal(one, { shape, element });
}

/** An elementwise operation of one operand, e.g. `exponential`. */
export function unary(name: string, x: Node): Node {
  const { shape, element } = x.type;
  return operation(shape, element, [x], ([a]) => `stablehlo.${name} ${a} : ${typeText(x.type)}`);
}

/** An elementwise operation of two operands of one type, e.g. `add`, after NumPy's broadcasting. */
export function binary(name: string, a: Node, b: Node): Node {
  const [x, y] = broadcastTogether(a, b);
  const { shape, element } = x.type;
  return operation(shape, element, [x, y], ([p, q]) => `stablehlo.${name} ${p}, ${q} : ${typeText(x.type)}`);
}

/** A comparison by direction EQ, NE, GE, GT, LE or LT; the result is i1. */
export function compare(direction: string, a: Node, b: Node): Node {
  const [x, y] = broadcastTogether(a, b);
  const kind = x.type.element === "f32" ? "FLOAT" : x.type.element === "i32" ? "SIGNED" : "UNSIGNED";
  const types = functionType([x, y], x.type.shape, "i1");
  return operation(
    x.type.shape,
    "i1",
    [x, y],
    ([p, q]) => `stablehlo.compare ${direction}, ${p}, ${q}, ${kind} : ${types}`,
  );
}

/** `condition ? a : b`, elementwise; all of one shape. */
export function select(condition: Node, a: Node, b: Node): Node {
  const types = `${typeText(condition.type)}, ${typeText(a.type)}`;
  return operation(
    a.type.shape,
    a.type.element,
    [condition, a, b],
    ([c, x, y]) => `stablehlo.select ${c}, ${x}, ${y} : ${types}`,
  );
}

export function convert(x: Node, element: ElementType): Node {
  if (x.type.element === element) return x;
  // As in C, every value except zero is true.
  if (element === "i1") return compare("NE", x, splat(0, x.type.shape, x.type.element));
  const types = functionType([x], x.type.shape, element);
  return operation(x.type.shape, element, [x], ([a]) => `stablehlo.convert ${a} : ${types}`);
}

export function reshape(x: Node, shape: number[]): Node {
  if (sameShape(x.type.shape, shape)) return x;
  const types = functionType([x], shape, x.type.element);
  return operation([...shape], x.type.element, [x], ([a]) => `stablehlo.reshape ${a} : ${types}`);
}

export function transpose(x: Node, order: number[]): Node {
  if (order.every((axis, i) => axis === i)) return x;
  const shape = order.map((axis) => x.type.shape[axis]!);
  const types = functionType([x], shape, x.type.element);
  return operation(shape, x.type.element, [x], ([a]) => `stablehlo.transpose ${a}, dims = ${list(order)} : ${types}`);
}

/** Maps axis `i` of x to `axes[i]` of a new shape, and repeats x along the other axes. */
export function broadcastInDim(x: Node, shape: number[], axes: number[]): Node {
  if (sameShape(x.type.shape, shape)) return x;
  const types = functionType([x], shape, x.type.element);
  return operation(
    [...shape],
    x.type.element,
    [x],
    ([a]) => `stablehlo.broadcast_in_dim ${a}, dims = ${list(axes)} : ${types}`,
  );
}

/** NumPy's broadcasting of one operand: missing leading axes and axes of size 1 are repeated. */
export function broadcastTo(x: Node, shape: number[]): Node {
  const offset = shape.length - x.type.shape.length;
  return broadcastInDim(x, shape, x.type.shape.map((_, i) => i + offset));
}

export function broadcastTogether(a: Node, b: Node): [Node, Node] {
  const rank = Math.max(a.type.shape.length, b.type.shape.length);
  const shape = Array.from({ length: rank }, (_, i) => {
    const p = a.type.shape[i - rank + a.type.shape.length] ?? 1;
    const q = b.type.shape[i - rank + b.type.shape.length] ?? 1;
    return p === 1 ? q : p;
  });
  return [broadcastTo(a, shape), broadcastTo(b, shape)];
}

/** The neutral element of each reduction. */
export const neutral: Record<string, (element: ElementType) => number> = {
  add: () => 0,
  multiply: () => 1,
  maximum: (element) => element === "f32" ? -Infinity : -(2 ** 31),
  minimum: (element) => element === "f32" ? Infinity : 2 ** 31 - 1,
  and: () => 1,
  or: () => 0,
};

/** Reduces axes by `add`, `multiply`, `maximum`, `minimum`, `and` or `or`. */
export function reduce(x: Node, axes: number[], name: string): Node {
  if (axes.length === 0) return x;
  const { shape, element } = x.type;
  const start = splat(neutral[name]!(element), [], element);
  const kept = shape.filter((_, axis) => !axes.includes(axis));
  const types = functionType([x, start], kept, element);
  return operation(
    kept,
    element,
    [x, start],
    ([a, b]) =>
      `stablehlo.reduce(${a} init: ${b}) applies stablehlo.${name} across dimensions = ${list(axes)} : ${types}`,
  );
}

/** An operand of a product, rounded to bfloat16 where the precision requires it. */
const factor = (x: Node) => products.rounded && x.type.element === "f32" ? convert(x, "bf16") : x;

/** A tensor contraction. Axes of the result: batch axes, then the remaining axes of a, then those of b. */
export function dot(left: Node, right: Node, batch: [number[], number[]], contract: [number[], number[]]): Node {
  const [a, b] = [factor(left), factor(right)];
  const free = (x: Node, side: 0 | 1) =>
    x.type.shape.filter((_, axis) => !batch[side].includes(axis) && !contract[side].includes(axis));
  const shape = [...batch[0].map((axis) => a.type.shape[axis]!), ...free(a, 0), ...free(b, 1)];
  const types = functionType([a, b], shape, "f32");
  const precision = products.highest ? ", precision = [HIGHEST, HIGHEST]" : "";
  const batching = batch[0].length > 0 ? `batching_dims = ${list(batch[0])} x ${list(batch[1])}, ` : "";
  return operation(
    shape,
    "f32",
    [a, b],
    ([x, y]) =>
      `stablehlo.dot_general ${x}, ${y}, ${batching}contracting_dims = ${list(contract[0])} x ${
        list(contract[1])
      }${precision} : ${types}`,
  );
}

/** Axes and window of a convolution; `labels` as in `[b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f]`. */
export interface Convolution {
  labels: string;
  stride: number[];
  pad: [number, number][];
  inputDilation: number[];
  kernelDilation: number[];
  /** Number of groups of the channels of x and of the result, each with its own part of the kernel. */
  groups?: number;
  /** Number of groups of the batch of x, each with its own part of the kernel's outputs. */
  batchGroups?: number;
}

export function convolution(input: Node, filter: Node, shape: number[], c: Convolution): Node {
  const [x, kernel] = [factor(input), factor(filter)];
  const window = `{stride = ${list(c.stride)}, pad = [${c.pad.map(list).join(", ")}], ` +
    `lhs_dilate = ${list(c.inputDilation)}, rhs_dilate = ${list(c.kernelDilation)}}`;
  const highest = "#stablehlo<precision HIGHEST>";
  const precision = products.highest ? `, precision_config = [${highest}, ${highest}]` : "";
  const { element } = x.type; // a rounded convolution has a rounded result, see precision.ts
  const types = functionType([x, kernel], shape, element);
  const result = operation(
    shape,
    element,
    [x, kernel],
    ([a, b]) =>
      `stablehlo.convolution(${a}, ${b}) dim_numbers = ${c.labels}, window = ${window} ` +
      `{batch_group_count = ${c.batchGroups ?? 1} : i64, feature_group_count = ${
        c.groups ?? 1
      } : i64${precision}} : ${types}`,
  );
  return convert(result, "f32");
}

/** Pads x with a value; negative amounts crop, `interior` inserts padding between elements. */
export function pad(x: Node, value: number, low: number[], high: number[], interior = low.map(() => 0)): Node {
  const { element } = x.type;
  const fill = splat(value, [], element);
  const shape = x.type.shape.map((n, i) => n + low[i]! + high[i]! + Math.max(0, n - 1) * interior[i]!);
  const types = functionType([x, fill], shape, element);
  return operation(
    shape,
    element,
    [x, fill],
    ([a, b]) =>
      `stablehlo.pad ${a}, ${b}, low = ${list(low)}, high = ${list(high)}, interior = ${list(interior)} : ${types}`,
  );
}

export function slice(x: Node, begin: number[], end: number[], stride = begin.map(() => 1)): Node {
  const shape = begin.map((start, i) => Math.max(0, Math.ceil((end[i]! - start) / stride[i]!)));
  if (sameShape(shape, x.type.shape)) return x;
  const types = functionType([x], shape, x.type.element);
  const ranges = begin.map((start, i) => `${start}:${Math.max(start, end[i]!)}:${stride[i]}`).join(", ");
  return operation(shape, x.type.element, [x], ([a]) => `stablehlo.slice ${a} [${ranges}] : ${types}`);
}

export function concatenate(parts: Node[], axis: number): Node {
  if (parts.length === 1) return parts[0]!;
  const shape = [...parts[0]!.type.shape];
  shape[axis] = parts.reduce((sum, part) => sum + part.type.shape[axis]!, 0);
  const { element } = parts[0]!.type;
  const types = functionType(parts, shape, element);
  return operation(
    shape,
    element,
    parts,
    (names) => `stablehlo.concatenate ${names.join(", ")}, dim = ${axis} : ${types}`,
  );
}

export function reverse(x: Node, axes: number[]): Node {
  if (axes.length === 0) return x;
  return operation(
    x.type.shape,
    x.type.element,
    [x],
    ([a]) => `stablehlo.reverse ${a}, dims = ${list(axes)} : ${typeText(x.type)}`,
  );
}

/** The identity, across which XLA does not optimize. */
export function barrier(x: Node): Node {
  const { shape, element } = x.type;
  return operation(shape, element, [x], ([a]) => `stablehlo.optimization_barrier ${a} : ${typeText(x.type)}`);
}

/** 0, 1, 2 … along an axis, repeated over the others. */
export function iota(shape: number[], axis: number, element: ElementType = "i32"): Node {
  return operation(shape, element, [], () => `stablehlo.iota dim = ${axis} : ${typeText({ shape, element })}`);
}

/** Rows of x [n, …] at indices [k]: the result is [k, …]. Indices are clamped to the valid range. */
export function gatherRows(x: Node, indices: Node): Node {
  const rest = x.type.shape.slice(1);
  const shape = [indices.type.shape[0]!, ...rest];
  const offsets = rest.map((_, i) => i + 1);
  const types = functionType([x, indices], shape, x.type.element);
  return operation(
    shape,
    x.type.element,
    [x, indices],
    ([a, i]) =>
      `"stablehlo.gather"(${a}, ${i}) <{dimension_numbers = #stablehlo.gather<offset_dims = ${list(offsets)}, ` +
      `collapsed_slice_dims = [0], start_index_map = [0], index_vector_dim = 1>, ` +
      `slice_sizes = array<i64: ${[1, ...rest].join(", ")}>, indices_are_sorted = false}> : ${types}`,
  );
}

export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((n, i) => n === b[i]);
}

export const isEmpty = (x: Node) => elementCount(x.type.shape) === 0;
