/**
 * The arithmetic of products, which is where a training step spends its time: what `dot` and `convolution` compute in.
 *
 * - `float32`: as it says. A GPU's matrix units round operands to TF32 (10 bits of fraction) unless the highest precision
 *   is asked for; a CPU never does, and its programs carry no such request.
 * - `tf32`: what those units do by themselves. Sums are float32.
 * - `bfloat16`: operands are rounded to bfloat16 (7 bits of fraction), products are summed in float32. The result of a
 *   convolution is rounded as well: cuDNN has no kernel from bfloat16 to float32, and XLA, asked for one, computes in
 *   float32 without a word (seen with jax-cuda13-pjrt 0.12.0.1). On a CPU all this runs more slowly than float32.
 *
 * Everything else is float32 in any case: weights, their moments, sums, normalisation, activations.
 */
import { fail } from "../../base/errors.ts";

export type Precision = "float32" | "tf32" | "bfloat16";

/** How products are written from now on. Programs that are compiled already stay as they are. */
export const products = { rounded: false, highest: false };

/**
 * Chooses the precision of the programs that are traced from now on.
 *
 * @param platform of the device, e.g. `cpu` or `cuda`.
 * @throws UserError for tf32 on a CPU, which has no such arithmetic.
 */
export function setPrecision(precision: Precision, platform: string): void {
  if (precision === "tf32" && platform === "cpu") {
    fail("precision=tf32 is arithmetic of NVIDIA GPUs, and the device here is a CPU; set precision=float32.");
  }
  products.rounded = precision === "bfloat16";
  products.highest = precision === "float32" && platform !== "cpu";
}
