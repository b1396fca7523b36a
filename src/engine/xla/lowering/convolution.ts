/**
 * Faster forms of convolutions on CPUs, chosen by shape.
 *
 * XLA's convolution on CPUs gathers windows and multiplies. With many channels it is faster to use fewer
 * multiplications (minimal_filtering.ts), and for small images to gather all windows first and multiply once. On GPUs
 * the convolution library chooses an algorithm itself, and nothing is lowered. Measurements: tests/bench/README.md.
 */
import type { Node } from "../stablehlo/graph.ts";
import { concatenate, dot, pad, reshape, slice, transpose } from "../stablehlo/ops.ts";
import {
  addTiles,
  type Algorithm,
  asRows,
  cutTiles,
  type Grid,
  grid,
  joinOutputs,
  type Pair,
  splitOutputs,
  tapGradients,
  threeTaps,
  threeTapsOfPairs,
  tileInputGradients,
  tileOutputs,
  tileOutputsOfTurned,
  twoTaps,
} from "./minimal_filtering.ts";

/** A 2-D convolution without dilation. */
export interface Window {
  /** Sizes of the input, the output and the filter [H, W]. */
  input: Pair;
  output: Pair;
  filter: Pair;
  stride: Pair;
  /** Padding before the first row and column. */
  near: Pair;
  channels: { input: number; output: number };
}

let lowering: "never" | "by shape" | "always" = "never";
/**
 * Sets when the lowerings of this file are used: `by shape` on a CPU; `always` (with any number of channels) in tests.
 */
export function lowerConvolutions(when: typeof lowering): void {
  lowering = when;
}

/** Results of nearest ×2 and their inputs, because a convolution of the result can use the smaller input. */
const doubled = new WeakMap<Node, Node>();
/** For input gradients of convolutions of a result of nearest ×2: computes the gradient of nearest ×2 directly. */
const gradientsOfDoubled = new WeakMap<Node, () => Node>();

/** Records that `result` [N, 2H, 2W, C] is x [N, H, W, C] enlarged by nearest ×2. */
export function noteDoubled(result: Node, x: Node): void {
  doubled.set(result, x);
}
/** The gradient of nearest ×2, if it can be computed together with the convolution's input gradient `dy`. */
export function doubledGradient(dy: Node): Node | undefined {
  return gradientsOfDoubled.get(dy)?.();
}

type Pass = "forward" | "input" | "filter";
type Way = "pairs" | "winograd" | "squares" | "gather";

/** Minimum of input and output channels from which a method is faster than the plain convolution; measured. */
const least: Record<Exclude<Way, "gather">, Record<Pass, number>> = {
  pairs: { forward: 8, input: 32, filter: 8 },
  winograd: { forward: 64, input: 128, filter: 32 },
  squares: { forward: 96, input: 16, filter: 16 },
};

/**
 * The method for a convolution; undefined for the plain one.
 *
 * @param twice Whether the input was enlarged by nearest ×2.
 */
function wayOf(pass: Pass, { filter, stride, near, input, output, channels }: Window, twice = false): Way | undefined {
  if (lowering === "never") return undefined;
  const is = (size: number, step: number) =>
    filter[0] === size && filter[1] === size && stride[0] === step && stride[1] === step;
  const fewer = lowering === "always" ? Infinity : Math.min(channels.input, channels.output);
  const [height, width] = output;
  // fraction of the outputs of all tiles that is needed
  const used = (height * width) / (4 * Math.ceil(height / 2) * Math.ceil(width / 2));
  const same = near[0] === 1 && near[1] === 1 && height === input[0] && width === input[1];
  if (is(3, 1) && twice && same) return fewer >= least.pairs[pass] ? "pairs" : undefined;
  if (is(3, 1) && height * width <= 16 && fewer >= 512) return "gather";
  if (is(3, 1)) return used > 0.75 && fewer >= least.winograd[pass] ? "winograd" : undefined;
  if (is(3, 2)) return pass === "forward" && height * width <= 400 && fewer >= 256 ? "gather" : undefined;
  if (is(4, 2)) return used > 0.75 && fewer >= least.squares[pass] ? "squares" : undefined;
}

const halves = (size: Pair): Pair => [Math.ceil(size[0] / 2), Math.ceil(size[1] / 2)];

/** x [N, H, W, C] convolved with filter [h, w, C, O]; undefined where the plain convolution is faster. */
export function lowerConvolution(x: Node, filter: Node, window: Window): Node | undefined {
  const { output, near } = window;
  const tiles = halves(output);
  const small = doubled.get(x);
  switch (wayOf("forward", window, small !== undefined)) {
    case "pairs": {
      const inputs = cutTiles(threeTapsOfPairs, small!, [1, 1], tiles);
      return joinOutputs(tileOutputs(threeTapsOfPairs, inputs, taps(filter)), output);
    }
    case "winograd":
      return joinOutputs(tileOutputs(threeTaps, cutTiles(threeTaps, x, near, tiles), taps(filter)), output);
    case "squares":
      return joinOutputs(tileOutputs(twoTaps, squareTiles(x, near, tiles), squareTaps(filter)), output);
    case "gather": {
      const [h, w, input, channels] = filter.type.shape as [number, number, number, number];
      const y = dot(windows(x, window), reshape(filter, [h * w * input, channels]), [[], []], [[1], [0]]);
      return reshape(y, [x.type.shape[0]!, ...output, channels]);
    }
  }
}

/** The input's gradient [N, H, W, C] from dy [N, H', W', O]. */
export function lowerInputGradient(dy: Node, filter: Node, window: Window): Node | undefined {
  const { input, near, output } = window;
  switch (wayOf("input", window)) {
    case "winograd": {
      // A convolution of dy with the reversed taps; its padding complements that of the forward window.
      const tiles = cutTiles(threeTaps, dy, [2 - near[0], 2 - near[1]], halves(input));
      return joinOutputs(tileOutputsOfTurned(threeTaps, tiles, taps(filter)), input);
    }
    case "squares": {
      const tiles = halves(output);
      const squares = tileInputGradients(twoTaps, splitOutputs(twoTaps, dy, tiles), squareTaps(filter));
      return fromSquares(addTiles(twoTaps, squares, [0, 0], squareSize(tiles)), near, input);
    }
    case "gather":
      return spreadWindows(dy, filter, window);
  }
}

/** Notes that the input whose gradient this is was made by nearest ×2. */
export function noteInputGradient(result: Node, dy: Node, filter: Node, window: Window): void {
  if (wayOf("input", window, true) !== "pairs" || window.input.some((n) => n % 2 === 1)) return;
  gradientsOfDoubled.set(result, () => {
    const tiles = halves(window.output);
    const outputs = splitOutputs(threeTapsOfPairs, dy, tiles);
    return addTiles(threeTapsOfPairs, tileInputGradients(threeTapsOfPairs, outputs, taps(filter)), [1, 1], tiles);
  });
}

/** The filter's gradient [h, w, C, O]. */
export function lowerFilterGradient(x: Node, dy: Node, window: Window): Node | undefined {
  const { output, near, filter } = window;
  const tiles = halves(output);
  const small = doubled.get(x);
  const gradients = (algorithm: Algorithm, inputs: Grid) =>
    tapGradients(algorithm, inputs, splitOutputs(algorithm, dy, tiles));
  switch (wayOf("filter", window, small !== undefined)) {
    case "pairs":
      return fromTaps(gradients(threeTapsOfPairs, cutTiles(threeTapsOfPairs, small!, [1, 1], tiles)));
    case "winograd":
      return fromTaps(gradients(threeTaps, cutTiles(threeTaps, x, near, tiles)));
    case "squares": {
      const [input, channels] = [x.type.shape[3]!, dy.type.shape[3]!];
      const all = gradients(twoTaps, squareTiles(x, near, tiles)).flat().map((g) => reshape(g, [1, ...g.type.shape]));
      const byPlace = transpose(reshape(concatenate(all, 0), [2, 2, 2, 2, input, channels]), [0, 2, 1, 3, 4, 5]);
      return reshape(byPlace, [4, 4, input, channels]);
    }
    case "gather": {
      const gradient = dot(windows(x, window), asRows(dy), [[], []], [[0], [0]]);
      return reshape(gradient, [...filter, x.type.shape[3]!, dy.type.shape[3]!]);
    }
  }
}

/** A filter [n, n, C, O] as its taps [C, O]. */
function taps(filter: Node): Grid {
  const [n, , input, output] = filter.type.shape as [number, number, number, number];
  return grid(n, (i, j) => reshape(slice(filter, [i, j, 0, 0], [i + 1, j + 1, input, output]), [input, output]));
}
function fromTaps(gradients: Grid): Node {
  const [input, output] = gradients[0]![0]!.type.shape as Pair;
  const all = concatenate(gradients.flat().map((g) => reshape(g, [1, input, output])), 0);
  return reshape(all, [gradients.length, gradients.length, input, output]);
}

// A 4×4 convolution of stride 2 is one of 2×2 and stride 1 over squares of 2×2 pixels with 4C channels.

/** Squares that `tiles` tiles of {@link twoTaps} cover. */
const squareSize = (tiles: Pair): Pair => [2 * tiles[0] + 1, 2 * tiles[1] + 1];

function squareTiles(x: Node, near: Pair, tiles: Pair): Grid {
  const [batch, height, width, channels] = x.type.shape as [number, number, number, number];
  const [down, across] = squareSize(tiles);
  const far = [2 * down - near[0] - height, 2 * across - near[1] - width];
  const whole = pad(x, 0, [0, ...near, 0], [0, ...far, 0]);
  const parts = transpose(reshape(whole, [batch, down, 2, across, 2, channels]), [0, 1, 3, 2, 4, 5]);
  return cutTiles(twoTaps, reshape(parts, [batch, down, across, 4 * channels]), [0, 0], tiles);
}
function fromSquares(squares: Node, near: Pair, size: Pair): Node {
  const [batch, down, across, depth] = squares.type.shape as [number, number, number, number];
  const channels = depth / 4;
  const parts = transpose(reshape(squares, [batch, down, across, 2, 2, channels]), [0, 1, 3, 2, 4, 5]);
  const whole = reshape(parts, [batch, 2 * down, 2 * across, channels]);
  return slice(whole, [0, ...near, 0], [batch, near[0] + size[0], near[1] + size[1], channels]);
}
function squareTaps(filter: Node): Grid {
  const [, , input, output] = filter.type.shape as [number, number, number, number];
  return grid(2, (i, j) => {
    return reshape(slice(filter, [2 * i, 2 * j, 0, 0], [2 * i + 2, 2 * j + 2, input, output]), [4 * input, output]);
  });
}

/** The window of every output as a row [N·H'·W', h·w·C]. */
function windows(x: Node, { input, output, filter, stride, near }: Window): Node {
  const [batch, , , channels] = x.type.shape as [number, number, number, number];
  const reach = output.map((size, axis) => (size - 1) * stride[axis]! + 1); // range of window starts
  const far = input.map((size, axis) => Math.max(0, reach[axis]! + filter[axis]! - 1 - near[axis]! - size));
  const whole = pad(x, 0, [0, ...near, 0], [0, ...far, 0]);
  const places = grid(
    filter[0],
    (i, j) => slice(whole, [0, i, j, 0], [batch, i + reach[0]!, j + reach[1]!, channels], [1, ...stride, 1]),
  );
  return asRows(concatenate(places.flat(), 3));
}

/** The gradient of {@link windows}: dy times every tap, summed where windows overlap. */
function spreadWindows(dy: Node, filter: Node, { input, near }: Window): Node {
  const [h, w, channels, outputs] = filter.type.shape as [number, number, number, number];
  const [batch, down, across] = dy.type.shape as [number, number, number];
  const rows = dot(asRows(dy), reshape(filter, [h * w * channels, outputs]), [[], []], [[1], [1]]);
  const all = reshape(rows, [batch, down, across, h * w, channels]);
  const places = grid(h, (i, j) => {
    const place = i * w + j;
    const part = slice(all, [0, 0, 0, place, 0], [batch, down, across, place + 1, channels]);
    return reshape(part, [batch, down, across, channels]);
  });
  return addTiles({ ...threeTaps, step: 1 }, places, near, input);
}
