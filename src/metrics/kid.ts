/**
 * The kernel distance between two clouds of feature vectors (Bińkowski et al., 2018: KID): the unbiased estimate of MMD²
 *
 *     mean k(x, x') + mean k(y, y') − 2 mean k(x, y),   k(a, b) = (a·b/D + 1)³,
 *
 * over pairs of different vectors. Unlike the Fréchet distance it assumes no Gaussian and does not shrink as samples grow.
 * As published it is the mean over 100 subsets of 1,000 vectors of each side; smaller ones where there are fewer vectors.
 */
import { fail } from "../base/errors.ts";
import { random } from "../base/random.ts";
import { disposeTree, jit, type Tensor, tf } from "../engine/mod.ts";
import type { Features } from "./features.ts";

/** Settings of {@link kid}. */
export interface KidSettings {
  seed: number;
  /** Default: 100. */
  subsets?: number;
  /** Vectors of each side in a subset. Default: 1,000. */
  subsetSize?: number;
}

/** A kernel distance. */
export interface Kid {
  /** Mean over the subsets; may be below 0 by chance, since it is unbiased. */
  value: number;
  /**
   * Standard deviation over the subsets by the root of their number: how far the value depends on which subsets were
   * drawn. It says nothing of other stories, and subsets of most of the vectors hardly differ.
   */
  standardError: number;
  subsetSize: number;
}

/** The kernel distance of two sets of features. @throws UserError for fewer than two vectors on a side. */
export async function kid(real: Features, drawn: Features, settings: KidSettings): Promise<Kid> {
  const { seed, subsets = 100, subsetSize = 1000 } = settings;
  const D = real.width;
  const counts = [real, drawn].map(({ values }) => values.length / D);
  const size = Math.min(subsetSize, ...counts);
  if (size < 2) {
    fail(`The kernel distance needs two or more vectors on each side, and there are ${counts.join(" and ")}.`);
  }
  const [tool, estimates] = [kernelSums(), []] as [ReturnType<typeof kernelSums>, number[]];
  try {
    for (let i = 0; i < subsets; i++) {
      const stream = random(seed, "kid", i);
      const [x, y] = [real, drawn].map(({ values }, side) => {
        const order = stream.shuffle(Array.from({ length: counts[side]! }, (_, row) => row)).slice(0, size);
        const rows = new Float32Array(size * D);
        order.forEach((row, at) => rows.set(values.subarray(row * D, (row + 1) * D), at * D));
        return tf.tensor2d(rows, [size, D]);
      }) as [Tensor, Tensor];
      const sums = tool(x, y);
      const [xx, yy, xy] = await Promise.all([sums.xx, sums.yy, sums.xy].map(total));
      estimates.push((xx! + yy!) / (size * (size - 1)) - 2 * xy! / size ** 2);
      disposeTree([x, y, sums]);
    }
  } finally {
    tool.dispose();
  }
  const value = estimates.reduce((a, b) => a + b, 0) / subsets;
  const variance = estimates.reduce((sum, estimate) => sum + (estimate - value) ** 2, 0) / Math.max(1, subsets - 1);
  return { value, standardError: Math.sqrt(variance / subsets), subsetSize: size };
}

/** Sums of the kernel over rows [n], without the pairs of a vector with itself: whole sums would need more than float32. */
function kernelSums() {
  return jit((x: Tensor, y: Tensor) => {
    const [n, D] = x.shape as [number, number];
    const kernel = (a: Tensor, b: Tensor) => tf.pow(tf.add(tf.div(tf.matMul(a, b, false, true), D), 1), 3);
    const others = tf.sub(1, tf.eye(n));
    return {
      xx: tf.sum(tf.mul(kernel(x, x), others), 1),
      yy: tf.sum(tf.mul(kernel(y, y), others), 1),
      xy: tf.sum(kernel(x, y), 1),
    };
  }, { name: "kid" });
}

async function total(rows: Tensor): Promise<number> {
  return (await rows.data() as Float32Array).reduce((a, b) => a + b, 0);
}
