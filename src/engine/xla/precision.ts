/**
 * The arithmetic of matrix products and convolutions, which take most of the time of a training step.
 *
 * - `float32`: the matrix units of a GPU round operands to TF32 (10 bits of fraction) unless the program requests the
 *   highest precision. A CPU never rounds, and its programs do not contain this request.
 * - `tf32`: the default of these matrix units. Sums are float32.
 * - `bfloat16`: operands are rounded to bfloat16 (7 bits of fraction), products are summed in float32. The result of a
 *   convolution is rounded as well: cuDNN has no kernel from bfloat16 to float32, and XLA would silently compute in
 *   float32 (observed with jax-cuda13-pjrt 0.12.0.1). On a CPU bfloat16 is slower than float32.
 *
 * Everything else is float32 in any case: weights, their moments, sums, normalisation, activations.
 */
import { fail } from "../../base/errors.ts";

export type Precision = "float32" | "tf32" | "bfloat16";

/** How products are written from now on. Programs compiled before do not change. */
export const products = { rounded: false, highest: false };

/**
 * Sets the precision of programs that are traced from now on.
 *
 * @param platform Platform of the device, e.g. `cpu` or `cuda`.
 * @throws UserError for tf32 on a CPU, which does not support it.
 */
export function setPrecision(precision: Precision, platform: string): void {
  if (precision === "tf32" && platform === "cpu") {
    fail("precision=tf32 is arithmetic of NVIDIA GPUs, and the device here is a CPU; set precision=float32.");
  }
  products.rounded = precision === "bfloat16";
  products.highest = precision === "float32" && platform !== "cpu";
}
