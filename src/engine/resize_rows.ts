/**
 * Resizing as matrix products: one matrix for the rows and one for the columns. The gradient is the product with the
 * transposed matrices.
 */

/** tfjs's attributes of a resize op. */
export interface Resize {
  alignCorners: boolean;
  halfPixelCenters: boolean;
}

const scaleOf = (from: number, to: number, { alignCorners }: Resize) =>
  alignCorners && to > 1 ? (from - 1) / (to - 1) : from / to;

/** For each output row the index of the input row that it repeats, by the rule of tfjs. */
export function nearestRows(from: number, to: number, resize: Resize): number[] {
  const scale = scaleOf(from, to, resize);
  return Array.from({ length: to }, (_, i) => {
    const position = scale * (resize.halfPixelCenters ? i + 0.5 : i);
    const row = resize.alignCorners ? Math.round(position) : Math.floor(position);
    return Math.max(0, Math.min(from - 1, row));
  });
}

/** Matrix [to, from] in row-major order: 1 where an output row repeats an input row, otherwise 0. */
export function nearestMatrix(from: number, to: number, resize: Resize): Float32Array<ArrayBuffer> {
  const matrix = new Float32Array(to * from);
  for (const [i, row] of nearestRows(from, to, resize).entries()) matrix[i * from + row] = 1;
  return matrix;
}

/** Matrix [to, from] in row-major order: the weights of the two input rows between which each output row lies. */
export function bilinearMatrix(from: number, to: number, resize: Resize): Float32Array<ArrayBuffer> {
  const scale = scaleOf(from, to, resize);
  const matrix = new Float32Array(to * from);
  for (let i = 0; i < to; i++) {
    const position = resize.halfPixelCenters ? scale * (i + 0.5) - 0.5 : scale * i;
    // At the border both are the same row, and the weights sum to 1.
    const below = Math.max(0, Math.floor(position));
    const above = Math.max(0, Math.min(from - 1, Math.ceil(position)));
    matrix[i * from + below]! += 1 - (position - below);
    matrix[i * from + above]! += position - below;
  }
  return matrix;
}
