/** The CPU's lowerings of convolutions and products against the plain operations, whatever the shape. */
import { assert, assertEquals } from "@std/assert";
import { random } from "../../../src/base/random.ts";
import { type Tensor, tf } from "../../../src/engine/mod.ts";
import { lowerConvolutions } from "../../../src/engine/xla/lowering/convolution.ts";
import { lowerProducts } from "../../../src/engine/xla/lowering/matmul.ts";
import { test } from "./on_xla.ts";

type Function = (...inputs: Tensor[]) => Tensor;

/** The value of f and its gradients with respect to every input, with a random weight on each output. */
function valueAndGradients(name: string, f: Function, shapes: number[][]): { shape: number[]; values: Float32Array }[] {
  const stream = random(1, "lowering", name);
  const draw = (shape: number[]) => tf.tensor(stream.normals(tf.util.sizeFromShape(shape)), shape);
  return tf.tidy(() => {
    const inputs = shapes.map(draw);
    const value = f(...inputs);
    const weight = draw(value.shape);
    const gradients = tf.grads((...x: Tensor[]) => tf.sum(tf.mul(f(...x), weight)))(inputs);
    return [value, ...gradients].map((x) => ({ shape: x.shape, values: x.dataSync().slice() as Float32Array }));
  });
}

/** Runs f plain and lowered, and compares to a few units in the last place of the largest value. */
function assertSame(name: string, f: Function, shapes: number[][]): void {
  const run = (when: "never" | "always") => {
    lowerConvolutions(when);
    lowerProducts(when);
    return valueAndGradients(name, f, shapes);
  };
  try {
    const [plain, lowered] = [run("never"), run("always")];
    for (const [i, { shape, values }] of lowered.entries()) {
      assertEquals(shape, plain[i]!.shape, name);
      const scale = plain[i]!.values.reduce((top, value) => Math.max(top, Math.abs(value)), 0);
      const worst = values.reduce((top, value, k) => Math.max(top, Math.abs(value - plain[i]!.values[k]!)), 0);
      assert(worst <= 1e-5 * scale, `${name}, ${i === 0 ? "value" : `gradient ${i}`}: off by ${worst} of ${scale}`);
      assert(scale > 0.1, `${name}: nothing to compare`);
    }
  } finally {
    lowerConvolutions("by shape");
    lowerProducts("by shape");
  }
}

const conv = (stride: number, pad: Parameters<typeof tf.conv2d>[3]): Function => (x, w) =>
  tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, stride, pad);

test("3×3 convolutions by minimal filtering equal plain ones", () => {
  for (const [h, w] of [[6, 8], [7, 9], [5, 12], [4, 4], [3, 5]] as const) {
    assertSame(`same ${h}×${w}`, conv(1, "same"), [[2, h, w, 3], [3, 3, 3, 5]]);
    if (h > 4) assertSame(`valid ${h}×${w}`, conv(1, "valid"), [[2, h, w, 3], [3, 3, 3, 5]]);
  }
  assertSame("one side padded", conv(1, [[0, 0], [2, 1], [0, 2], [0, 0]]), [[2, 8, 7, 3], [3, 3, 3, 5]]);
});

test("3×3 convolutions of stride 2 by gathered windows equal plain ones", () => {
  for (const [h, w] of [[9, 9], [8, 11], [4, 4]] as const) {
    for (const pad of ["valid", "same"] as const) {
      assertSame(`${pad} ${h}×${w}`, conv(2, pad), [[2, h, w, 3], [3, 3, 3, 5]]);
    }
  }
});

test("4×4 convolutions of stride 2 by minimal filtering equal plain ones", () => {
  for (const [h, w] of [[8, 8], [8, 12], [9, 8], [16, 8], [10, 14]] as const) {
    assertSame(`same ${h}×${w}`, conv(2, "same"), [[2, h, w, 3], [4, 4, 3, 5]]);
    assertSame(`padded by 1 ${h}×${w}`, conv(2, 1), [[2, h, w, 3], [4, 4, 3, 5]]);
  }
  assertSame("valid", conv(2, "valid"), [[2, 10, 18, 3], [4, 4, 3, 5]]);
});

test("a convolution of what nearest ×2 made equals the plain pair of operations", () => {
  const up: Function = (x, w) => {
    const [, height, width] = x.shape as [number, number, number];
    return conv(1, "same")(tf.image.resizeNearestNeighbor(x as tf.Tensor4D, [2 * height, 2 * width]), w);
  };
  for (const [h, w] of [[4, 4], [3, 5], [1, 2]] as const) {
    assertSame(`${h}×${w}`, up, [[2, h, w, 3], [3, 3, 3, 5]]);
  }
  // The picture is also used otherwise: both gradients must arrive.
  const twice: Function = (x, w) => {
    const large = tf.image.resizeNearestNeighbor(x as tf.Tensor4D, [8, 8]);
    return tf.add(conv(1, "same")(large, w), tf.mean(large, 3, true));
  };
  assertSame("used twice", twice, [[2, 4, 4, 3], [3, 3, 3, 5]]);
});

test("a convolution of what nearest ×1, ×3 or ×2 by ×4 made is left to the plain gradient", () => {
  for (const [down, across] of [[1, 1], [3, 3], [2, 4]] as const) {
    const up: Function = (x, w) => {
      return conv(1, "same")(tf.image.resizeNearestNeighbor(x as tf.Tensor4D, [4 * down, 6 * across]), w);
    };
    assertSame(`${down}×${across}`, up, [[2, 4, 6, 3], [3, 3, 3, 5]]);
  }
});

test("products with exchanged sides equal plain ones", () => {
  for (const [ta, tb] of [[false, false], [true, false], [false, true], [true, true]] as const) {
    const a = ta ? [2, 5, 7] : [2, 7, 5];
    const b = tb ? [2, 3, 5] : [2, 5, 3];
    assertSame(`batch ${ta} ${tb}`, (x, y) => tf.matMul(x, y, ta, tb), [a, b]);
    assertSame(`matrix ${ta} ${tb}`, (x, y) => tf.matMul(x, y, ta, tb), [ta ? [5, 2] : [2, 5], tb ? [9, 5] : [5, 9]]);
  }
});
