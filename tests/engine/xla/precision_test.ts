/** What products are computed in: text of the program and, on the CPU, its numbers. */
import { assert, assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { UserError } from "../../../src/base/errors.ts";
import { type EngineName, type EngineOptions, jit, type Tensor, tf, useEngine } from "../../../src/engine/mod.ts";
import { literal } from "../../../src/engine/xla/stablehlo/graph.ts";
import { convolution, dot } from "../../../src/engine/xla/stablehlo/ops.ts";
import { type Precision, setPrecision } from "../../../src/engine/xla/precision.ts";
import { writeModule } from "../../../src/engine/xla/programs/program.ts";
import { test } from "./on_xla.ts";

/** Runs `body` with products in a precision. */
function within<T>(precision: Precision, platform: string, body: () => T): T {
  setPrecision(precision, platform);
  try {
    return body();
  } finally {
    setPrecision("float32", "cpu");
  }
}

/** The module of a matrix product and a convolution. */
function moduleText(precision: Precision, platform: string): string {
  const matrix = literal(Float32Array.of(1, 2, 3, 4), { shape: [2, 2], element: "f32" });
  const image = literal(new Float32Array(9).fill(2), { shape: [1, 3, 3, 1], element: "f32" });
  const kernel = literal(Float32Array.of(1, 2, 3, 4), { shape: [2, 2, 1, 1], element: "f32" });
  return within(precision, platform, () =>
    writeModule([
      dot(matrix, matrix, [[], []], [[1], [0]]),
      convolution(image, kernel, [1, 2, 2, 1], {
        labels: "[b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f]",
        stride: [1, 1],
        pad: [[0, 0], [0, 0]],
        inputDilation: [1, 1],
        kernelDilation: [1, 1],
      }),
    ]).text);
}

Deno.test("float32 asks a GPU for the highest precision, and a CPU for nothing", () => {
  const cpu = moduleText("float32", "cpu");
  assert(!/HIGHEST|bf16/.test(cpu));
  const gpu = moduleText("float32", "cuda");
  assertStringIncludes(gpu, "contracting_dims = [1] x [0], precision = [HIGHEST, HIGHEST] :");
  assertStringIncludes(gpu, "precision_config = [#stablehlo<precision HIGHEST>, #stablehlo<precision HIGHEST>]}");
  // tf32 is what a GPU does when nothing is asked of it.
  assertEquals(moduleText("tf32", "cuda"), cpu);
});

Deno.test("bfloat16 rounds the operands of products, and the results of convolutions; what others see is float32", () => {
  for (const platform of ["cpu", "cuda"]) {
    const text = moduleText("bfloat16", platform);
    assertStringIncludes(text, "(tensor<2x2xbf16>, tensor<2x2xbf16>) -> tensor<2x2xf32>");
    assertStringIncludes(text, "(tensor<1x3x3x1xbf16>, tensor<2x2x1x1xbf16>) -> tensor<1x2x2x1xbf16>");
    assertStringIncludes(text, "stablehlo.convert %8 : (tensor<1x2x2x1xbf16>) -> tensor<1x2x2x1xf32>");
    assert(!text.includes("HIGHEST"));
  }
});

Deno.test("tf32 on a CPU is refused", () => {
  assertThrows(() => setPrecision("tf32", "cpu"), UserError, "precision=float32");
});

/** Rounded to bfloat16, to the nearest and on a tie to the even one. */
function rounded(values: Float32Array): Float32Array {
  const bits = new Uint32Array(values.slice().buffer);
  for (const [i, word] of bits.entries()) bits[i] = (word + 0x7fff + ((word >>> 16) & 1)) & 0xffff0000;
  return new Float32Array(bits.buffer);
}
const values = (n: number) => Float32Array.from({ length: n }, (_, i) => 1.7 * Math.sin(12.9898 * i + 1));
const shapes = { a: [6, 64], b: [64, 5], x: [2, 9, 9, 3], kernel: [3, 3, 3, 4] };

/** Products and their gradients of the same values, as numbers; `change` is applied to the values first. */
function products(change = (list: Float32Array) => list): Float32Array[] {
  const inputs = Object.fromEntries(
    Object.entries(shapes).map((
      [name, shape],
    ) => [name, tf.tensor(change(values(shape.reduce((a, b) => a * b))), shape)]),
  );
  const f = jit(({ a, b, x, kernel }: Record<string, Tensor>) => [
    tf.matMul(a as tf.Tensor2D, b as tf.Tensor2D),
    tf.conv2d(x as tf.Tensor4D, kernel as tf.Tensor4D, 2, "same"),
    // With a weight of 1 for each output, both gradients are sums of the rounded other factor.
    tf.grad((x) => tf.sum(tf.conv2d(x as tf.Tensor4D, kernel as tf.Tensor4D, 2, "same")))(x!),
    tf.grad((kernel) => tf.sum(tf.conv2d(x as tf.Tensor4D, kernel as tf.Tensor4D, 2, "same")))(kernel!),
  ]);
  const results = f(inputs);
  const numbers = results.map((tensor) => tensor.dataSync() as Float32Array);
  tf.dispose([results, inputs]);
  f.dispose();
  return numbers;
}
/** The largest difference of each pair, as a share of how large the values are. */
function distance(a: Float32Array[], b: Float32Array[]): number[] {
  return a.map((list, i) => {
    const largest = Math.max(...list.map(Math.abs));
    return Math.max(...list.map((value, j) => Math.abs(value - b[i]![j]!))) / largest;
  });
}
/** What the results may differ by: sums in another order; a convolution's result rounded to 8 bits, or not. */
const allowed = [1e-5, 2 ** -8, 2 ** -8, 2 ** -8];
const near = (a: Float32Array[], b: Float32Array[]) => distance(a, b).every((error, i) => error < allowed[i]!);

test("bfloat16 on the CPU is the product of rounded operands, summed in float32", () => {
  const exact = products(), ofRounded = products(rounded);
  const low = within("bfloat16", "cpu", products);
  assert(near(low, ofRounded), `${distance(low, ofRounded)}`);
  assert(distance(low, exact).every((error) => error > 5e-4), `nothing was rounded: ${distance(low, exact)}`);
  assert(!near(low, exact));
});

test("highest precision is what a CPU computes anyway: the same bits", () => {
  assertEquals(within("float32", "cuda", products), products());
});

test("useEngine() chooses the precision of what is compiled next", async () => {
  const info = await useEngine("xla", { precision: "bfloat16" });
  try {
    assertEquals(info.precision, "bfloat16");
    assert(near(products(), products(rounded)));
  } finally {
    assertEquals((await useEngine("xla")).precision, "float32");
  }
});

test("useEngine() refuses what this machine or engine cannot do, and a second device", async () => {
  const refused = async (engine: EngineName, options: EngineOptions, ...texts: string[]) => {
    const { message } = await assertRejects(() => useEngine(engine, options), UserError);
    for (const text of texts) assertStringIncludes(message, text);
  };
  await refused("xla", { precision: "tf32" }, "precision=float32");
  await refused("xla", { device: "cpu" }, "device=auto", "device=cpu");
  await refused("cpu", { precision: "bfloat16" }, "cpu engine", "precision=bfloat16");
  await refused("wasm", { device: "cuda" }, "wasm engine", '"cuda"');
});
