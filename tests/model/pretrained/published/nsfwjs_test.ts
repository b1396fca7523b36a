import { assertEquals, assertThrows } from "@std/assert";
import { UserError } from "../../../../src/base/errors.ts";
import { decodeSafetensors } from "../../../../src/formats/safetensors.ts";
import { inceptionConvolutions } from "../../../../src/model/pretrained/inception/layers.ts";
import { publishedInception } from "../../../../src/model/pretrained/inception/weights.ts";
import { checkPublished } from "../../../../src/model/pretrained/read.ts";
import { convertNsfwInception, type QuantizedWeight } from "../../../../src/model/pretrained/published/nsfwjs.ts";

/** A manifest as tfjs writes it, sorted by name, and bytes that differ from place to place. */
function model(): { manifest: QuantizedWeight[]; bytes: Uint8Array } {
  const quantization = { min: -1, scale: 0.5, dtype: "uint8" } as const;
  const manifest = inceptionConvolutions().flatMap(({ kernel }, i): QuantizedWeight[] => [
    ...["beta", "moving_mean", "moving_variance"].map((part) => ({
      name: `batch_normalization_${i + 1}/${part}`,
      shape: [kernel[3]],
      quantization,
    })),
    { name: `conv2d_${i + 1}/kernel`, shape: kernel, quantization },
  ]).sort((a, b) => a.name < b.name ? -1 : 1);
  const count = manifest.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
  return { manifest, bytes: Uint8Array.from({ length: count }, (_, i) => i % 251) };
}

Deno.test("convertNsfwInception() gives every tensor under torchvision's name, filters first", () => {
  const { manifest, bytes } = model();
  const { tensors } = decodeSafetensors(convertNsfwInception(manifest, bytes), "w");
  checkPublished(tensors, publishedInception("keras"), "w");
  const place = (name: string) => {
    const before = manifest.slice(0, manifest.findIndex((weight) => weight.name === name));
    return before.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
  };
  // The last block's [1, 3, 384, 384] and [3, 1, 384, 384] stand side by side: 93 convolutions down, and one more.
  for (const [layer, number, axis] of [["3x3dbl_3a", 92, 3], ["3x3dbl_3b", 93, 3]] as const) {
    const { data } = tensors[`Mixed_7c.branch${layer}.conv.weight`]!;
    const [filter, channel, step] = [7, 5, 2]; // [O, I, window] of [window, I, O]
    const byte = bytes[place(`conv2d_${number}/kernel`) + (step * 384 + channel) * 384 + filter]!;
    assertEquals(data[(filter * 384 + channel) * axis + step], -1 + 0.5 * byte);
  }
  const mean = tensors["Conv2d_1a_3x3.bn.running_mean"]!.data;
  assertEquals(mean[3], -1 + 0.5 * bytes[place("batch_normalization_1/moving_mean") + 3]!);
  assertEquals(new Set(tensors["Conv2d_1a_3x3.bn.weight"]!.data as Float32Array), new Set([1]));
});

Deno.test("convertNsfwInception() refuses another network and missing bytes", () => {
  const { manifest, bytes } = model();
  assertThrows(() => convertNsfwInception(manifest, bytes.subarray(1)), UserError, "bytes");
  const other = manifest.map((weight) =>
    weight.name === "conv2d_1/kernel" ? { ...weight, shape: [3, 3, 32, 3] } : weight
  );
  assertThrows(() => convertNsfwInception(other, bytes), UserError, `"conv2d_1/kernel" with shape [3,3,32,3]`);
});
