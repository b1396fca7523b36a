import { assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { UserError } from "../../../../src/base/errors.ts";
import { encodeSafetensors, type StoredTensor } from "../../../../src/formats/safetensors.ts";
import { useEngine } from "../../../../src/engine/mod.ts";
import { inceptionParameters } from "../../../../src/model/pretrained/inception/trunk.ts";
import { publishedInception, readInception } from "../../../../src/model/pretrained/inception/weights.ts";
import {
  inceptionLayers,
  type InceptionVariant,
  type Layer,
} from "../../../../src/model/pretrained/inception/layers.ts";
import { checkPublished, type PublishedTensors } from "../../../../src/model/pretrained/read.ts";

await useEngine("cpu");

const zeros = (shape: number[]): StoredTensor => {
  return { dtype: "F32", shape, data: new Float32Array(shape.reduce((a, b) => a * b, 1)) };
};
const whole = (variant: "imagenet" | "fid"): PublishedTensors => ({
  ...Object.fromEntries(
    Object.entries(publishedInception(variant).shapes).map(([name, shape]) => [name, zeros(shape)]),
  ),
  "fc.weight": zeros([variant === "fid" ? 1008 : 1000, 2048]),
  "AuxLogits.conv0.conv.weight": zeros([1, 1, 1, 1]),
  "Mixed_5b.branch1x1.bn.num_batches_tracked": { dtype: "I64", shape: [], data: new BigInt64Array(1) },
});

Deno.test("readInception() makes of torchvision's file what inceptionParameters() declares", async () => {
  const path = Deno.makeTempFileSync({ suffix: ".safetensors" });
  try {
    const tensors = whole("imagenet");
    tensors["Mixed_7c.branch3x3_2a.conv.weight"]!.data[3 * (384 * 7 + 5) + 2] = 3; // filter 7, channel 5, column 2
    tensors["Mixed_7c.branch3x3_2a.bn.weight"]!.data[7] = 2;
    tensors["Mixed_7c.branch3x3_2a.bn.bias"]!.data[7] = 5;
    tensors["Mixed_7c.branch3x3_2a.bn.running_mean"]!.data[7] = 4;
    tensors["Mixed_7c.branch3x3_2a.bn.running_var"]!.data[7] = 0.249; // with the 0.001 added: deviation 0.5
    Deno.writeFileSync(path, encodeSafetensors(tensors));
    const state = await readInception(path);
    assertEquals(
      Object.entries(state).map(([name, { shape }]) => [name, shape]),
      inceptionParameters().map(({ name, shape }) => [name, shape]),
    );
    const kernel = state["inception.Mixed_7c.branch3x3_2a.kernel"]!.dataSync(); // [1, 3, 384, 384]
    assertEquals(Math.round(kernel[(2 * 384 + 5) * 384 + 7]! * 1e5) / 1e5, 12);
    assertEquals(kernel.filter((x) => x !== 0).length, 1);
    assertEquals(Math.round(state["inception.Mixed_7c.branch3x3_2a.bias"]!.dataSync()[7]! * 1e5) / 1e5, 5 - 4 * 4);
  } finally {
    Deno.removeSync(path);
  }
});

Deno.test("readInception() names the file that is wanted where there is none, or another network's", async () => {
  const folder = Deno.makeTempDirSync();
  try {
    const missing = (await assertRejects(() => readInception(`${folder}/none.safetensors`), UserError)).message;
    assertStringIncludes(missing, "there is no such file");
    assertStringIncludes(missing, "wanted is inception_v3_google-0cc3c7bd.pth: deno task fetch");
    const path = `${folder}/other.safetensors`;
    Deno.writeFileSync(path, encodeSafetensors({ weight: zeros([2]) }));
    const other = (await assertRejects(() => readInception(path, "fid"), UserError)).message;
    assertStringIncludes(other, `"${path}" are not FID's Inception v3: they lack`);
    assertStringIncludes(other, `"Conv2d_1a_3x3.conv.weight" [32,3,3,3]`);
    assertStringIncludes(other, "wanted is pt_inception-2015-12-05-6726825d.pth");
    Deno.writeFileSync(path, encodeSafetensors({ weight: zeros([2]) }).subarray(0, 40));
    await assertRejects(() => readInception(path), UserError, "cut short");
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

Deno.test("a file of weights is refused by its first tensor that differs", () => {
  const refused = (change: (tensors: PublishedTensors) => void) => {
    const tensors = whole("imagenet");
    change(tensors);
    return assertThrows(() => checkPublished(tensors, publishedInception("imagenet"), "w"), UserError).message;
  };
  const missing = refused((tensors) => delete tensors["Mixed_6b.branch7x7_2.bn.running_var"]);
  assertStringIncludes(missing, `lack the tensor "Mixed_6b.branch7x7_2.bn.running_var" [128]`);
  const shape = refused((tensors) => tensors["Mixed_6b.branch7x7_2.conv.weight"] = zeros([128, 128, 7, 1]));
  assertStringIncludes(shape, `with shape [128,128,7,1], where [128,128,1,7] is expected`);
  assertStringIncludes(refused((tensors) => tensors["stem.weight"] = zeros([1])), `hold "stem.weight" [1], which`);
  const integers: StoredTensor = { dtype: "I64", shape: [32], data: new BigInt64Array(32) };
  const dtype = refused((tensors) => tensors["Conv2d_1a_3x3.bn.bias"] = integers);
  assertStringIncludes(dtype, `"Conv2d_1a_3x3.bn.bias" as I64, where F32, F16 or BF16 is expected`);
  // The other variant's file has another classifier and nothing else that differs.
  const classifier = assertThrows(() => checkPublished(whole("fid"), publishedInception("imagenet"), "w"), UserError);
  assertStringIncludes(classifier.message, `"fc.weight" with shape [1008,2048], where [1000,2048] is expected`);
});

Deno.test("variants differ in their averages and in the last block alone", () => {
  const poolings = (variant: InceptionVariant) => {
    const { regions, rest } = inceptionLayers(variant);
    const of = (layer: Layer): string[] =>
      layer.kind === "pooling" ? [layer.of] : layer.kind === "branches" ? layer.branches.flat().flatMap(of) : [];
    return [...regions, ...rest].flatMap(of);
  };
  const count = (variant: InceptionVariant, of: string) => poolings(variant).filter((pooling) => pooling === of).length;
  assertEquals([count("imagenet", "padded average"), count("imagenet", "average")], [9, 0]);
  assertEquals([count("fid", "padded average"), count("fid", "average"), poolings("fid").at(-1)], [0, 8, "maximum"]);
  assertEquals([count("keras", "padded average"), count("keras", "average")], [0, 9]);
});
