/** Resizing pictures, and its gradient. */
import type { Node } from "../graph.ts";
import { literal } from "../graph.ts";
import { broadcastInDim, dot, reduce, reshape, transpose } from "../ops.ts";
import { doubledGradient, noteDoubled } from "../lowering/convolution.ts";
import { kernel } from "./register.ts";

interface Resize {
  alignCorners: boolean;
  halfPixelCenters: boolean;
}

/** For each output row the input row it repeats, by tfjs's rule. */
function nearestRows(from: number, to: number, { alignCorners, halfPixelCenters }: Resize): number[] {
  const scale = alignCorners && to > 1 ? (from - 1) / (to - 1) : from / to;
  return Array.from({ length: to }, (_, i) => {
    const position = scale * (halfPixelCenters ? i + 0.5 : i);
    const row = alignCorners ? Math.round(position) : Math.floor(position);
    return Math.max(0, Math.min(from - 1, row));
  });
}

/** A whole-number enlargement in which every pixel becomes a block: the only case that occurs in the generator. */
function blockFactors([h, w]: number[], [H, W]: number[], resize: Resize): [number, number] | undefined {
  if (resize.alignCorners || H! % h! !== 0 || W! % w! !== 0) return undefined;
  return [H! / h!, W! / w!];
}

/** A matrix [to, from] with a one where an output row repeats an input row. */
function choiceMatrix(from: number, to: number, resize: Resize): Node {
  const values = new Float32Array(to * from);
  for (const [i, row] of nearestRows(from, to, resize).entries()) values[i * from + row] = 1;
  return literal(values, { shape: [to, from], element: "f32" });
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
  const together = factors && doubledGradient(dy!);
  if (together) return together;
  if (factors) return reduce(reshape(dy!, [n, h, factors[0], w, factors[1], c]), [2, 4], "add");
  const rows = dot(choiceMatrix(h, H, resize), dy!, [[], []], [[0], [1]]); // [h, n, W, c]
  const both = dot(choiceMatrix(w, W, resize), rows, [[], []], [[0], [2]]); // [w, h, n, c]
  return transpose(both, [2, 1, 0, 3]);
});
