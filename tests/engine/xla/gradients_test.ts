/** Gradients on xla: against tfjs `cpu`, and against finite differences. */
import { assert } from "@std/assert";
import { random } from "../../../src/base/random.ts";
import { findPlugin } from "../../../src/engine/install.ts";
import { type Tensor, tf, useEngine } from "../../../src/engine/mod.ts";
import { assertParity } from "../kernel_table.ts";
import { gradientCases } from "../rows/gradients.ts";

const ignore = !findPlugin();
if (!ignore) await useEngine("xla");

for (const kernel of new Set(gradientCases.map((c) => c.kernel))) {
  Deno.test({
    name: `the gradient through ${kernel} on xla agrees with cpu`,
    ignore,
    fn: async () => {
      for (const c of gradientCases.filter((c) => c.kernel === kernel)) await assertParity("xla", c);
    },
  });
}

const stream = random(3, "finite differences");
const draw = (...shape: number[]) => tf.tensor(stream.normals(tf.util.sizeFromShape(shape)), shape);

const functions: Record<string, { inputs: number[][]; f: (...x: Tensor[]) => Tensor }> = {
  "conv2d, stride 2, same": {
    inputs: [[1, 5, 5, 2], [4, 4, 2, 2]],
    f: (x, w) => tf.tanh(tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 2, "same")),
  },
  "conv2d, stride 1, padded by 1": {
    inputs: [[2, 4, 3, 2], [3, 3, 2, 2]],
    f: (x, w) => tf.square(tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, 1)),
  },
  "attention": {
    inputs: [[2, 3, 4], [2, 5, 4]],
    f: (q, k) => tf.matMul(tf.softmax(tf.matMul(q, k, false, true)), k),
  },
  "nearest ×2 of two images": {
    inputs: [[2, 2, 3, 2]],
    f: (x) => tf.square(tf.image.resizeNearestNeighbor(x as tf.Tensor4D, [4, 6])),
  },
  "nearest, fractional": {
    inputs: [[2, 3, 2, 1]],
    f: (x) => tf.square(tf.image.resizeNearestNeighbor(x as tf.Tensor4D, [4, 5])),
  },
  "a look-up with repeated indices": {
    inputs: [[4, 3]],
    f: (x) => tf.square(tf.gather(x, tf.tensor1d([3, 0, 3, 1], "int32"))),
  },
};
for (const [name, { inputs, f }] of Object.entries(functions)) {
  Deno.test({
    name: `the gradient of ${name} on xla agrees with finite differences`,
    ignore,
    fn: async () => {
      await tf.setBackend("xla");
      tf.tidy(() => {
        const x = inputs.map((shape) => draw(...shape));
        const weight = draw(...f(...x).shape);
        const loss = (...x: Tensor[]) => tf.sum(tf.mul(f(...x), weight));
        const gradients = tf.grads(loss)(x);
        const value = (i: number, values: Float32Array) =>
          loss(...x.map((tensor, j) => j === i ? tf.tensor(values, tensor.shape) : tensor)).dataSync()[0]!;
        for (const [i, tensor] of x.entries()) {
          const analytic = gradients[i]!.dataSync();
          for (let k = 0; k < 5; k++) {
            const at = stream.integer(tensor.size);
            const h = 1e-2;
            const [up, down] = [tensor.dataSync().slice(), tensor.dataSync().slice()] as [Float32Array, Float32Array];
            up[at]! += h;
            down[at]! -= h;
            const numeric = (value(i, up) - value(i, down)) / (2 * h);
            const error = Math.abs(numeric - analytic[at]!);
            assert(
              error < 1e-2 * Math.max(1, Math.abs(numeric)),
              `input ${i}[${at}]: ${analytic[at]} against ${numeric}`,
            );
          }
        }
      });
    },
  });
}
