/** Nearest-neighbour resizing and its gradient. */
import { nearestMatrix, type Resize } from "../../resize_rows.ts";
import type { Node } from "../stablehlo/graph.ts";
import { literal } from "../stablehlo/graph.ts";
import { doubledGradient, noteDoubled } from "../lowering/convolution.ts";
import { broadcastInDim, dot, reduce, reshape, transpose } from "../stablehlo/ops.ts";
import { kernel } from "./register.ts";

/** The factors of an enlargement by whole numbers, in which every pixel becomes a block; undefined for other sizes. */
function blockFactors([h, w]: number[], [H, W]: number[], resize: Resize): [number, number] | undefined {
  if (resize.alignCorners || H! % h! !== 0 || W! % w! !== 0) return undefined;
  return [H! / h!, W! / w!];
}

/** A matrix [to, from] with a one where an output row repeats an input row. */
function choiceMatrix(from: number, to: number, resize: Resize): Node {
  return literal(nearestMatrix(from, to, resize), { shape: [to, from], element: "f32" });
}

kernel("ResizeNearestNeighbor", ["images"], ([x], attributes) => {
  const resize = attributes as unknown as Resize;
  const [n, h, w, c] = x!.type.shape as [number, number, number, number];
  const [H, W] = attributes.size as [number, number];
  const factors = blockFactors([h, w], [H, W], resize);
  if (factors) {
    const spread = broadcastInDim(x!, [n, h, factors[0], w, factors[1], c], [0, 1, 3, 5]);
    const result = reshape(spread, [n, H, W, c]);
    if (factors[0] === 2 && factors[1] === 2) noteDoubled(result, x!);
    return result;
  }
  const rows = dot(choiceMatrix(h, H, resize), x!, [[], []], [[1], [1]]); // [H, n, w, c]
  const both = dot(choiceMatrix(w, W, resize), rows, [[], []], [[1], [2]]); // [W, H, n, c]
  return transpose(both, [2, 1, 0, 3]);
});
kernel("ResizeNearestNeighborGrad", ["images", "dy"], ([x, dy], attributes) => {
  const resize = { halfPixelCenters: false, ...attributes } as unknown as Resize;
  const [n, h, w, c] = x!.type.shape as [number, number, number, number];
  const [, H, W] = dy!.type.shape as [number, number, number, number];
  const factors = blockFactors([h, w], [H, W], resize);
  const together = factors?.[0] === 2 && factors[1] === 2 ? doubledGradient(dy!) : undefined;
  if (together) return together;
  if (factors) {
    // sum over the rows of each block, then over its columns
    const rows = reduce(reshape(dy!, [n * h, factors[0], W * c]), [1], "add");
    return reshape(reduce(reshape(rows, [n * h * w, factors[1], c]), [1], "add"), [n, h, w, c]);
  }
  const rows = dot(choiceMatrix(h, H, resize), dy!, [[], []], [[0], [1]]); // [h, n, W, c]
  const both = dot(choiceMatrix(w, W, resize), rows, [[], []], [[0], [2]]); // [w, h, n, c]
  return transpose(both, [2, 1, 0, 3]);
});
