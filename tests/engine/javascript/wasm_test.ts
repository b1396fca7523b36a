/** The kernels that tfjs-wasm lacks, and the gradients of training on it, against tfjs `cpu`. */
import { assertEquals } from "@std/assert";
import { tf, useEngine } from "../../../src/engine/mod.ts";
import { assertParity, type Case } from "../kernel_table.ts";
import { gradientCases } from "../rows/gradients.ts";
import { composedCases } from "../rows/composed.ts";
import { convolutionCases, linearCases } from "../rows/linear.ts";
import { poolingCases } from "../rows/pooling.ts";
import { shapeCases } from "../rows/shape.ts";
import { volumeCases } from "../rows/volumes.ts";

await useEngine("wasm");

/** With a number for pad and a window or stride that is not square, tfjs-wasm itself reads past its memory. */
const square = new Set(
  convolutionCases.filter(({ filter, stride, pad }) =>
    typeof pad !== "number" || filter[0] === filter[1] && stride[0] === stride[1]
  ).map(({ label }) => label),
);

function test(name: string, cases: Case[]): void {
  Deno.test(`${name} on wasm agrees with cpu`, async () => {
    assertEquals(cases.length > 0, true);
    for (const c of cases) await assertParity("wasm", c);
  });
}
test("Conv2DBackpropFilter", linearCases.filter((c) => c.kernel === "Conv2DBackpropFilter" && square.has(c.label)));
for (
  const kernel of [
    "Conv3DBackpropInputV2",
    "Conv3DBackpropFilterV2",
    "DepthwiseConv2dNativeBackpropInput",
    "DepthwiseConv2dNativeBackpropFilter",
  ]
) {
  test(kernel, volumeCases.filter((c) => c.kernel === kernel));
}
for (const kernel of ["AvgPoolGrad", "AvgPool3DGrad"]) {
  test(kernel, poolingCases.filter((c) => c.kernel === kernel));
}
for (const kernel of ["Einsum", "ResizeBilinearGrad"]) {
  test(kernel, composedCases.filter((c) => c.kernel === kernel));
}
test("ResizeNearestNeighborGrad", linearCases.filter((c) => c.kernel === "ResizeNearestNeighborGrad"));
// Sums of whole numbers are float32 here as on cpu.
test("UnsortedSegmentSum", shapeCases.filter((c) => c.kernel === "UnsortedSegmentSum" && c.label !== "int32"));
for (const kernel of new Set(gradientCases.map((c) => c.kernel))) {
  test(`the gradient through ${kernel}`, gradientCases.filter((c) => c.kernel === kernel));
}

Deno.test("the composed kernels on wasm leave nothing behind", async () => {
  await tf.setBackend("wasm");
  const before = tf.memory();
  tf.tidy(() => {
    const x = tf.ones([2, 5, 5, 3]) as tf.Tensor4D;
    tf.grad((w) => tf.sum(tf.conv2d(x, w as tf.Tensor4D, 2, "same")))(tf.ones([3, 3, 3, 4]));
    tf.unsortedSegmentSum(tf.ones([4, 2]), tf.tensor1d([0, 1, 1, 0], "int32"), 2);
  });
  const { numTensors, numDataBuffers } = tf.memory();
  assertEquals({ numTensors, numDataBuffers }, {
    numTensors: before.numTensors,
    numDataBuffers: before.numDataBuffers,
  });
});
