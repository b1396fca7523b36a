/**
 * StableHLO operations with a region, i.e. a small function as an attribute: scatter, sliding windows, sort.
 */
import type { ElementType } from "../pjrt/tensors.ts";
import { type Node, operation, typeText } from "./graph.ts";
import { functionType, list, neutral, splat } from "./ops.ts";

/** A region that combines two scalars by an operation, e.g. `add`; `second` returns the second scalar. */
function combine(name: string, element: ElementType): string {
  const one = `tensor<${element}>`;
  const body = name === "second"
    ? `    stablehlo.return %new : ${one}`
    : `    %both = stablehlo.${name} %old, %new : ${one}\n    stablehlo.return %both : ${one}`;
  return `{\n  ^bb0(%old: ${one}, %new: ${one}):\n${body}\n  }`;
}

/** A region that compares two scalars; its result is a bool. */
function comparison(direction: string, element: ElementType, more = ""): string {
  const one = `tensor<${element}>`;
  // TOTALORDER defines the order of NaN and of the two zeros, which sorting requires.
  const kind = element === "f32" ? "TOTALORDER" : element === "i32" ? "SIGNED" : "UNSIGNED";
  return `{\n  ^bb0(%p: ${one}, %q: ${one}${more}):\n` +
    `    %hit = stablehlo.compare ${direction}, %p, %q, ${kind} : (${one}, ${one}) -> tensor<i1>\n` +
    `    stablehlo.return %hit : tensor<i1>\n  }`;
}

const integers = (values: number[]) => `array<i64: ${values.join(", ")}>`;
const paddingText = (pad: [number, number][]) => `dense<${list(pad.flat()).replace(/(-?\d+), (-?\d+)/g, "[$1, $2]")}>`;

/**
 * Writes rows [k, …] into `target` [n, …] at the row indices [k]: added to the existing rows, or, with `second`,
 * replacing them. Indices out of range are ignored.
 */
export function scatterRows(target: Node, indices: Node, rows: Node, name: "add" | "second"): Node {
  const { shape, element } = target.type;
  const types = functionType([target, indices, rows], shape, element);
  const window = shape.slice(1).map((_, axis) => axis + 1);
  return operation(
    shape,
    element,
    [target, indices, rows],
    ([a, i, b]) =>
      `"stablehlo.scatter"(${a}, ${i}, ${b}) <{indices_are_sorted = false, scatter_dimension_numbers = #stablehlo.scatter<` +
      `update_window_dims = ${list(window)}, inserted_window_dims = [0], scatter_dims_to_operand_dims = [0], ` +
      `index_vector_dim = 1>, unique_indices = false}> (${combine(name, element)}) : ${types}`,
  );
}

/** Adds rows [k, …] into a zero tensor [n, …] at the row indices [k]. */
export function scatterAddRows(rows: Node, indices: Node, n: number): Node {
  const start = splat(0, [n, ...rows.type.shape.slice(1)], rows.type.element);
  return scatterRows(start, indices, rows, "add");
}

/** A window over every axis of a tensor. */
export interface SlidingWindow {
  size: number[];
  stride: number[];
  pad: [number, number][];
  /** Dilation of x before the window is applied. Default: 1. */
  spread?: number[];
}

/** Reduces each window by `add`, `multiply` or `maximum`; padding is the neutral element. */
export function reduceWindow(x: Node, name: string, { size, stride, pad, spread }: SlidingWindow): Node {
  const { element } = x.type;
  const start = splat(neutral[name]!(element), [], element);
  const shape = x.type.shape.map((n, i) => {
    const whole = Math.max(0, (n - 1) * (spread?.[i] ?? 1) + 1) + pad[i]![0] + pad[i]![1];
    return Math.max(0, Math.floor((whole - size[i]!) / stride[i]!) + 1);
  });
  const types = functionType([x, start], shape, element);
  const ones = size.map(() => 1);
  return operation(
    shape,
    element,
    [x, start],
    ([a, b]) =>
      `"stablehlo.reduce_window"(${a}, ${b}) <{window_dimensions = ${integers(size)}, window_strides = ${
        integers(stride)
      }, base_dilations = ${integers(spread ?? ones)}, window_dilations = ${integers(ones)}, padding = ${
        paddingText(pad)
      } : tensor<${size.length}x2xi64>}> (${combine(name, element)}) : ${types}`,
  );
}

/** Adds each element of dy at the position of the largest element of x in its window (the first, if several). */
export function scatterToLargest(x: Node, dy: Node, { size, stride, pad }: SlidingWindow): Node {
  const { shape, element } = x.type;
  const start = splat(0, [], element);
  const types = functionType([x, dy, start], shape, element);
  return operation(
    shape,
    element,
    [x, dy, start],
    ([a, b, c]) =>
      `"stablehlo.select_and_scatter"(${a}, ${b}, ${c}) <{window_dimensions = ${integers(size)}, window_strides = ${
        integers(stride)
      }, padding = ${paddingText(pad)} : tensor<${size.length}x2xi64>}> (${comparison("GE", element)}, ${
        combine("add", element)
      }) : ${types}`,
  );
}

/** Indices of the elements along the last axis in descending order; equal elements keep their order. */
export function argsortDescending(x: Node, positions: Node): Node {
  const { shape, element } = x.type;
  const [keys, indices] = [typeText(x.type), typeText(positions.type)];
  const zero = splat(0, [], "i32");
  const compare = comparison("GT", element, ", %i: tensor<i32>, %j: tensor<i32>");
  // A sort has two results, and a node only one: it is wrapped in a conditional with one branch, which XLA removes.
  return operation(
    shape,
    "i32",
    [x, positions, zero],
    ([a, b, c]) =>
      `"stablehlo.case"(${c}) ({\n  %sorted:2 = "stablehlo.sort"(${a}, ${b}) <{dimension = ${
        shape.length - 1
      } : i64, ` +
      `is_stable = true}> (${compare}) : (${keys}, ${indices}) -> (${keys}, ${indices})\n` +
      `  stablehlo.return %sorted#1 : ${indices}\n  }) : (tensor<i32>) -> ${indices}`,
  );
}
