/**
 * Minimal filtering: convolutions with fewer multiplications (Winograd, 1980; Lavin & Gray, 2016).
 *
 * A short convolution is a bilinear map of its taps g and a tile of inputs d, and can be written y = Aᵀ[(G g) ⊙ (Bᵀ
 * d)]: both are transformed linearly, multiplied elementwise, and the products are transformed to outputs. With
 * matrices of channels as elements a product is a matrix product, and the transforms are cheap in comparison. In two
 * dimensions the transforms are applied along both axes. The gradients use the transposed transforms.
 *
 * The algebra is exact; the result differs from a plain convolution by rounding only, a few units in the last place.
 */
import type { Node } from "../stablehlo/graph.ts";
import { binary, concatenate, dot, pad, reshape, slice, splat, transpose, unary } from "../stablehlo/ops.ts";

/** A bilinear algorithm along one axis, with P products for each tile. */
export interface Algorithm {
  /** Bᵀ [P, inputs of a tile] */
  inputs: number[][];
  /** G [P, taps] */
  taps: number[][];
  /** Aᵀ [outputs of a tile, P] */
  outputs: number[][];
  /** Distance between the first inputs of neighbouring tiles. */
  step: number;
}

/** Three taps, F(2, 3): 16 products for four outputs in place of 36. */
export const threeTaps: Algorithm = {
  inputs: [[1, 0, -1, 0], [0, 1, 1, 0], [0, -1, 1, 0], [0, 1, 0, -1]],
  taps: [[1, 0, 0], [0.5, 0.5, 0.5], [0.5, -0.5, 0.5], [0, 0, 1]],
  outputs: [[1, 1, 1, 0], [0, 1, -1, -1]],
  step: 2,
};

/** Two taps, F(2, 2): 9 products for four outputs in place of 16. */
export const twoTaps: Algorithm = {
  inputs: [[1, -1, 0], [0, 1, 0], [0, 1, -1]],
  taps: [[1, 0], [1, 1], [0, 1]],
  outputs: [[1, 1, 0], [0, 1, -1]],
  step: 2,
};

/** Three taps over an image enlarged by nearest ×2: 9 products for four outputs in place of 36. */
export const threeTapsOfPairs: Algorithm = {
  inputs: [[1, -1, 0], [0, 1, 0], [0, -1, 1]],
  taps: [[1, 0, 0], [1, 1, 1], [0, 0, 1]],
  outputs: [[1, 1, 0], [0, 1, 1]],
  step: 1,
};

/** A matrix of nodes: one position of every tile [N, tiles down, tiles across, C], or a tap [C, O]. */
export type Grid = Node[][];
/** Two sizes: vertical and horizontal. */
export type Pair = [number, number];

/** Outputs of every tile, from its inputs and the taps. */
export function tileOutputs(algorithm: Algorithm, inputs: Grid, taps: Grid): Grid {
  return both(
    algorithm.outputs,
    pairwise(both(algorithm.inputs, inputs), both(algorithm.taps, taps), (d, g) => perPixel(d, g, 0)),
  );
}

/** Outputs with the taps [O, C] in reverse order, for the gradient of the inputs of three taps. */
export function tileOutputsOfTurned(algorithm: Algorithm, inputs: Grid, taps: Grid): Grid {
  // Reversing three taps exchanges the first and the last product, so that the transform of `tileOutputs` is reused.
  const turn = <T>([first, ...others]: T[]): T[] => [others.pop()!, ...others, first!];
  const turned = turn(both(algorithm.taps, taps)).map(turn);
  return both(
    algorithm.outputs,
    pairwise(both(algorithm.inputs, inputs), turned, (d, g) => perPixel(d, g, 1)),
  );
}

/** Gradients of every tile's inputs, from those of its outputs. */
export function tileInputGradients(algorithm: Algorithm, outputs: Grid, taps: Grid): Grid {
  const products = both(transposed(algorithm.outputs), outputs);
  return both(
    transposed(algorithm.inputs),
    pairwise(products, both(algorithm.taps, taps), (dy, g) => perPixel(dy, g, 1)),
  );
}

/** Gradients of the taps, summed over all tiles. */
export function tapGradients(algorithm: Algorithm, inputs: Grid, outputs: Grid): Grid {
  const [d, dy] = [both(algorithm.inputs, inputs), both(transposed(algorithm.outputs), outputs)];
  const products = pairwise(d, dy, (d, dy) => dot(asRows(d), asRows(dy), [[], []], [[0], [0]])); // [C, O]
  return both(transposed(algorithm.taps), products);
}

/** Cuts x [N, H, W, C] into tiles, the first of which begins `near` pixels before it; the padding is 0. */
export function cutTiles(algorithm: Algorithm, x: Node, near: Pair, tiles: Pair): Grid {
  const length = algorithm.inputs[0]!.length;
  const span = (count: number) => (count - 1) * algorithm.step + 1;
  const [batch, height, width, channels] = x.type.shape as [number, number, number, number];
  const far = [height, width].map((size, axis) => span(tiles[axis]!) + length - 1 - near[axis]! - size);
  const whole = pad(x, 0, [0, ...near, 0], [0, far[0]!, far[1]!, 0]);
  const steps = [1, algorithm.step, algorithm.step, 1];
  return grid(length, (i, j) => {
    return slice(whole, [0, i, j, 0], [batch, i + span(tiles[0]), j + span(tiles[1]), channels], steps);
  });
}

/** The gradient of {@link cutTiles}: overlapping tiles are summed, elements outside x are dropped. */
export function addTiles(algorithm: Algorithm, tiles: Grid, near: Pair, size: Pair): Node {
  const { step } = algorithm;
  const placed = tiles.flatMap((row, i) =>
    row.map((tile, j) => {
      const [, down, across] = tile.type.shape as Pair[number][];
      const low = [0, i - near[0], j - near[1], 0];
      const covered = [(down! - 1) * step + 1, (across! - 1) * step + 1];
      const high = [0, size[0] - low[1]! - covered[0]!, size[1] - low[2]! - covered[1]!, 0];
      return pad(tile, 0, low, high, [0, step - 1, step - 1, 0]);
    })
  );
  return placed.reduce((sum, tile) => binary("add", sum, tile));
}

/** Splits dy [N, H, W, O] into the outputs of tiles, padded with 0. */
export function splitOutputs(algorithm: Algorithm, dy: Node, tiles: Pair): Grid {
  const m = algorithm.outputs.length;
  const [batch, height, width, channels] = dy.type.shape as [number, number, number, number];
  const [down, across] = [m * tiles[0], m * tiles[1]];
  const whole = pad(dy, 0, [0, 0, 0, 0], [0, down - height, across - width, 0]);
  return grid(m, (i, j) => slice(whole, [0, i, j, 0], [batch, down, across, channels], [1, m, m, 1]));
}

/** The inverse of {@link splitOutputs}. */
export function joinOutputs(outputs: Grid, size: Pair): Node {
  const m = outputs.length;
  const [batch, down, across, channels] = outputs[0]![0]!.type.shape as [number, number, number, number];
  const all = concatenate(outputs.flat().map((x) => reshape(x, [1, ...x.type.shape])), 0);
  const byPlace = transpose(reshape(all, [m, m, batch, down, across, channels]), [2, 3, 0, 4, 1, 5]);
  const whole = reshape(byPlace, [batch, m * down, m * across, channels]);
  return slice(whole, [0, 0, 0, 0], [batch, ...size, channels]);
}

/** A square grid. */
export function grid(size: number, at: (i: number, j: number) => Node): Grid {
  return Array.from({ length: size }, (_, i) => Array.from({ length: size }, (_, j) => at(i, j)));
}

const transposed = (matrix: number[][]) => matrix[0]!.map((_, j) => matrix.map((row) => row[j]!));

const pairwise = (a: Grid, b: Grid, f: (x: Node, y: Node) => Node): Grid =>
  a.map((row, i) => row.map((x, j) => f(x, b[i]![j]!)));

/** [N, H, W, C] as [N·H·W, C]. */
export function asRows(x: Node): Node {
  const channels = x.type.shape.at(-1)!;
  return reshape(x, [x.type.shape.slice(0, -1).reduce((a, b) => a * b, 1), channels]);
}

/** Every pixel of x [N, H, W, C] times g, contracted over axis `side` of g. */
function perPixel(x: Node, g: Node, side: 0 | 1): Node {
  return reshape(dot(asRows(x), g, [[], []], [[1], [side]]), [...x.type.shape.slice(0, -1), g.type.shape[1 - side]!]);
}

/** Applies a matrix along both axes of a grid. */
function both(matrix: number[][], values: Grid): Grid {
  const down = matrix.map((row) => values[0]!.map((_, j) => sum(row, values.map((line) => line[j]!))));
  return down.map((line) => matrix.map((row) => sum(row, line)));
}

/** Σ coefficients[i] · terms[i]; most coefficients are 0, 1 or −1. */
function sum(coefficients: number[], terms: Node[]): Node {
  let total: Node | undefined;
  for (const [i, c] of coefficients.entries()) {
    if (c === 0) continue;
    const size = Math.abs(c);
    const term = size === 1 ? terms[i]! : binary("multiply", terms[i]!, splat(size));
    if (total) total = binary(c > 0 ? "add" : "subtract", total, term);
    else total = c > 0 ? term : unary("negate", term);
  }
  return total!;
}
