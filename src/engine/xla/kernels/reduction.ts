/** Kernels that reduce an axis: sums, extremes and their indices, softmax, cumulative sums. */
import { tf } from "../../tf.ts";
import { elementCount, type ElementType } from "../pjrt/tensors.ts";
import type { Node } from "../stablehlo/graph.ts";
import {
  binary,
  broadcastInDim,
  compare,
  convert,
  iota,
  pad,
  reduce,
  reshape,
  select,
  splat,
  unary,
} from "../stablehlo/ops.ts";
import { reduceWindow } from "../stablehlo/region_ops.ts";
import { kernel } from "./register.ts";

/** The shape with reduced axes of size 1. */
const keepAxes = (shape: number[], axes: number[]) => shape.map((n, axis) => axes.includes(axis) ? 1 : n);
const axesOf = (axis: unknown, x: Node) => tf.util.parseAxisParam(axis as number | number[], x.type.shape);

const reductions: Record<string, { operation: string; element?: ElementType }> = {
  Sum: { operation: "add" },
  Prod: { operation: "multiply" },
  Max: { operation: "maximum" },
  Min: { operation: "minimum" },
  All: { operation: "and" },
  Any: { operation: "or" },
};
for (const [name, { operation }] of Object.entries(reductions)) {
  kernel(name, ["x"], ([x], attributes) => {
    const axes = axesOf(attributes.axis ?? attributes.reductionIndices, x!);
    // tfjs sums bools as integers.
    const countable = x!.type.element === "i1" && (name === "Sum" || name === "Prod") ? convert(x!, "i32") : x!;
    const folded = reduce(countable, axes, operation);
    return attributes.keepDims ? reshape(folded, keepAxes(x!.type.shape, axes)) : folded;
  });
}
kernel("Mean", ["x"], ([x], { axis, keepDims }) => {
  const axes = axesOf(axis, x!);
  const folded = reduce(convert(x!, "f32"), axes, "add");
  const count = elementCount(axes.map((axis) => x!.type.shape[axis]!));
  const mean = binary("divide", folded, splat(count, folded.type.shape));
  return keepDims ? reshape(mean, keepAxes(x!.type.shape, axes)) : mean;
});

/** The index of the extreme along an axis: the smallest index at which x equals it, or is NaN. */
function argExtreme(x: Node, axis: number, operation: "maximum" | "minimum"): Node {
  const extreme = spread(reduce(x, [axis], operation), x.type.shape, axis);
  const positions = iota(x.type.shape, axis);
  const none = splat(x.type.shape[axis]!, x.type.shape, "i32");
  const equal = compare("EQ", x, extreme);
  const hit = x.type.element === "f32" ? binary("or", equal, compare("NE", x, x)) : equal;
  return reduce(select(hit, positions, none), [axis], "minimum");
}
/** Repeats a reduced tensor along the reduced axis. */
function spread(folded: Node, shape: number[], axis: number): Node {
  return broadcastInDim(folded, shape, shape.map((_, i) => i).filter((i) => i !== axis));
}
for (const [name, operation] of [["ArgMax", "maximum"], ["ArgMin", "minimum"]] as const) {
  kernel(name, ["x"], ([x], { axis }) => argExtreme(x!, axesOf(axis, x!)[0]!, operation));
}

/** exp(x − max) and its sum along an axis; the largest exponent is 0, which prevents overflow. */
function shiftedExponential(x: Node, axis: number): { shifted: Node; exponential: Node; sum: Node } {
  const largest = spread(reduce(x, [axis], "maximum"), x.type.shape, axis);
  const shifted = binary("subtract", x, largest);
  const exponential = unary("exponential", shifted);
  return { shifted, exponential, sum: spread(reduce(exponential, [axis], "add"), x.type.shape, axis) };
}
kernel("Softmax", ["logits"], ([x], { dim }) => {
  const { exponential, sum } = shiftedExponential(x!, axesOf(dim, x!)[0]!);
  return binary("divide", exponential, sum);
});
kernel("LogSoftmax", ["logits"], ([x], { axis }) => {
  const { shifted, sum } = shiftedExponential(x!, axesOf(axis, x!)[0]!);
  return binary("subtract", shifted, unary("log", sum));
});

/**
 * A cumulative sum or product along an axis: a window of the length of the axis that ends at the element (with
 * `reverse`, begins at it). With `exclusive` the input is shifted by one first, so that the element itself is excluded.
 */
for (const [name, operation, start] of [["Cumsum", "add", 0], ["Cumprod", "multiply", 1]] as const) {
  kernel(name, ["x"], ([x], { axis, exclusive, reverse }) => {
    const countable = x!.type.element === "i1" ? convert(x!, "i32") : x!;
    const { shape } = countable.type;
    const at = axesOf(axis, x!)[0]!;
    const n = shape[at]!;
    if (elementCount(shape) === 0) return countable;
    const only = (value: number, other: number) => shape.map((_, i) => i === at ? value : other);
    const source = !exclusive ? countable : pad(countable, start, only(reverse ? -1 : 1, 0), only(reverse ? 1 : -1, 0));
    return reduceWindow(source, operation, {
      size: only(n, 1),
      stride: only(1, 1),
      pad: shape.map((_, i) => i !== at ? [0, 0] : reverse ? [0, n - 1] : [n - 1, 0]),
    });
  });
}
