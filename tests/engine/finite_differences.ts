/** Gradients against finite differences: what a gradient is by its definition. */
import { assert } from "@std/assert";
import { random } from "../../src/base/random.ts";
import { type Tensor, tf } from "../../src/engine/mod.ts";
import type { Difference } from "./rows/differences.ts";

const step = 1e-2;
const samples = 4; // elements of each input that are tried

/** Compares the gradient of Σ w ∘ f with central differences, w random, on the backend in use. */
export function assertGradient(name: string, { inputs, f, inside = false }: Difference): void {
  const stream = random(3, "finite differences", name);
  const draw = (shape: number[]) => {
    const count = tf.util.sizeFromShape(shape);
    const values = inside
      ? Float32Array.from({ length: count }, () => 0.2 + 0.6 * stream.uniform())
      : stream.normals(count);
    return tf.tensor(values, shape);
  };
  tf.tidy(() => {
    const x = inputs.map(draw);
    const weight = tf.tensor(stream.normals(f(...x).size), f(...x).shape);
    const loss = (...x: Tensor[]) => tf.sum(tf.mul(f(...x), weight));
    const gradients = tf.grads(loss)(x);
    const value = (i: number, values: Float32Array) =>
      loss(...x.map((tensor, j) => j === i ? tf.tensor(values, tensor.shape) : tensor)).dataSync()[0]!;
    for (const [i, tensor] of x.entries()) {
      const analytic = gradients[i]!.dataSync();
      for (let k = 0; k < samples; k++) {
        const at = stream.integer(tensor.size);
        const [up, down] = [tensor.dataSync().slice(), tensor.dataSync().slice()] as [Float32Array, Float32Array];
        up[at]! += step;
        down[at]! -= step;
        const numeric = (value(i, up) - value(i, down)) / (2 * step);
        const error = Math.abs(numeric - analytic[at]!);
        assert(
          error < 1e-2 * Math.max(1, Math.abs(numeric)),
          `${name}, input ${i}[${at}]: ${analytic[at]} against ${numeric}`,
        );
      }
    }
  });
}
