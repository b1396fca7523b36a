import { assertEquals, assertLess, assertThrows } from "@std/assert";
import { UserError } from "../../../../src/base/errors.ts";
import { jit, type State, type Tensor, tf, useEngine, valueAndGradients } from "../../../../src/engine/mod.ts";
import { inceptionParameters, inceptionTrunk } from "../../../../src/model/pretrained/inception/trunk.ts";
import { foldInception, publishedInception } from "../../../../src/model/pretrained/inception/weights.ts";
import { noise, weights } from "./formula.ts";
import reference from "./reference.json" with { type: "json" };

await useEngine("auto");

const { shapes } = publishedInception("imagenet");
const published = Object.entries(shapes).map(([name, shape]) => [name, weights(name, shape)] as const);
const state = foldInception(Object.fromEntries(published), "the formula");
const pictures = tf.tensor(Float32Array.from(noise("pictures", 2 * 64 * 64 * 3)), [2, 64, 64, 3]);

/** Largest distance of a tensor from what PyTorch measured, as a share of the tensor's deviation. */
function distance(variant: "imagenet" | "fid", name: "regions" | "pooled" | "gradient", tensor: Tensor): number {
  const wanted = reference[variant][name];
  assertEquals(tensor.shape, wanted.shape, name);
  const values = tensor.dataSync<"float32">();
  const n = values.length;
  const mean = values.reduce((sum, x) => sum + x, 0) / n;
  const deviation = Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / n);
  const projections = wanted.projections.map((_, i) =>
    noise(`${name}.${i}`, n).reduce((sum, u, j) => sum + u * values[j]!, 0) / Math.sqrt(n)
  );
  const found = [mean, deviation, ...projections, ...values.slice(0, wanted.first.length)];
  const expected = [wanted.mean, wanted.deviation, ...wanted.projections, ...wanted.first];
  return Math.max(...found.map((x, i) => Math.abs(x - expected[i]!))) / wanted.deviation;
}

Deno.test("inceptionTrunk() sees in pictures what torchvision's network does, with the same gradient", () => {
  const project = (name: string, x: Tensor) =>
    tf.div(tf.sum(tf.mul(x, tf.tensor(Float32Array.from(noise(name, x.size)), x.shape))), Math.sqrt(x.size));
  const see = jit((state: State, images: Tensor) =>
    valueAndGradients(({ images }) => {
      const { regions, pooled } = inceptionTrunk(state, images!);
      return [tf.add(project("dregions", regions), project("dpooled", pooled)), { regions, pooled }];
    }, { images })
  );
  const { aux: { regions, pooled }, gradients } = see(state, pictures);
  assertLess(distance("imagenet", "regions", regions), 1e-5);
  assertLess(distance("imagenet", "pooled", pooled), 1e-5);
  // Where a sum is so close to 0 that rounding decides its ReLU, a gradient differs by more than rounding.
  assertLess(distance("imagenet", "gradient", gradients.images!), 1e-2);
  see.dispose();
});

Deno.test("inceptionTrunk() pools for FID as pytorch-fid's network does", () => {
  const see = jit((state: State, images: Tensor) => ({ ...inceptionTrunk(state, images, "fid") }));
  const { regions, pooled } = see(state, pictures);
  assertLess(distance("fid", "regions", regions!), 1e-5);
  assertLess(distance("fid", "pooled", pooled!), 1e-5);
  see.dispose();
});

Deno.test("inceptionTrunk() names a tensor that the state lacks", () => {
  assertThrows(() => inceptionTrunk({}, pictures), UserError, "inception.Conv2d_1a_3x3.kernel");
});

Deno.test("inceptionParameters() are all frozen, and torchvision's in number", () => {
  const trained = Object.entries(shapes).filter(([name]) => !name.includes(".running_"));
  const count = (shapes: number[][]) => shapes.reduce((sum, shape) => sum + shape.reduce((a, b) => a * b, 1), 0);
  assertEquals(count(trained.map(([, shape]) => shape)), reference.parameters);
  // BatchNorm's scales went into the kernels: its offsets alone are left as biases.
  const scales = trained.filter(([name]) => name.endsWith(".bn.weight"));
  const parameters = inceptionParameters();
  assertEquals(count(parameters.map(({ shape }) => shape)), reference.parameters - count(scales.map(([, s]) => s)));
  assertEquals(parameters.filter(({ trainable }) => trainable), []);
});
