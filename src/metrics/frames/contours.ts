/**
 * How strong the contours of generated frames are, measured without a network: the mean |Laplacian| of their pixels over
 * that of the real frames. The Laplacian is that of the four neighbours, 4x − left − right − above − below, of all inner
 * pixels and channels. 1 is the target: blurred frames get less, noise and hard artefacts more. It does not tell where
 * the contours are, so noise can have the right strength.
 */
import type { Influence } from "../bootstrap.ts";
import { mean } from "../vectors.ts";

/** Mean |Laplacian| of pictures uint8 [N, H, W, 3], in bytes: [N]; NaN where a side is shorter than 3. */
export function laplacianMeans(
  pictures: Uint8Array,
  { height: H, width: W }: { height: number; width: number },
): Float64Array {
  const row = W * 3;
  const count = Math.max(0, H - 2) * Math.max(0, W - 2) * 3;
  return Float64Array.from({ length: pictures.length / (H * row) }, (_, n) => {
    let sum = 0;
    for (let y = 1; y < H - 1; y++) {
      const at = (n * H + y) * row;
      for (let i = at + 3; i < at + row - 3; i++) {
        sum += Math.abs(
          4 * pictures[i]! - pictures[i - 3]! - pictures[i + 3]! - pictures[i - row]! - pictures[i + row]!,
        );
      }
    }
    return sum / count;
  });
}

/**
 * The ratio of two means over stories, and the influence of each story on it, from one number per story: real [R] and
 * generated [G]. Undefined (NaN) where the real ones are all 0.
 */
export function ratioInfluence(real: Float64Array, generated: Float64Array): Influence {
  const [below, above] = [mean(real), mean(generated)];
  const value = below > 0 ? above / below : NaN;
  return {
    value,
    // To first order: the change of a quotient by its numerator, and by its denominator.
    generated: generated.map((x) => (x - above) / below),
    real: real.map((x) => -value * (x - below) / below),
  };
}
