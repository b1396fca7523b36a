import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { UserError } from "../../../src/base/errors.ts";
import { random } from "../../../src/base/random.ts";
import type { StoredTensor } from "../../../src/formats/safetensors.ts";
import { foldBatchNorm } from "../../../src/model/pretrained/read.ts";

const EPSILON = 1e-3;
const tensor = (shape: number[], values: number[] | Float32Array): StoredTensor => {
  return { dtype: "F32", shape, data: Float32Array.from(values) };
};
const tensors = {
  "conv.weight": tensor([2, 3, 2, 1, 2], random(1, "weights").normals(24)), // filters, channels, then a volume's window
  "bn.weight": tensor([2], [2, -1]),
  "bn.bias": tensor([2], [0.5, 3]),
  "bn.running_mean": tensor([2], [1, -2]),
  "bn.running_var": tensor([2], [4, 0.25]),
};

Deno.test("foldBatchNorm() is the convolution and the BatchNorm behind it, window first", () => {
  const { kernel, bias } = foldBatchNorm(tensors, "conv", "bn", EPSILON, "w");
  const input = random(1, "input").normals(12); // a window [2, 1, 2] of 3 channels
  for (const filter of [0, 1]) {
    let [theirs, ours] = [0, bias[filter]!];
    for (let place = 0; place < 4; place++) {
      for (let channel = 0; channel < 3; channel++) {
        const x = input[place * 3 + channel]!;
        theirs += x * Number(tensors["conv.weight"].data[(filter * 3 + channel) * 4 + place]);
        ours += x * kernel[(place * 3 + channel) * 2 + filter]!;
      }
    }
    const of = (part: "weight" | "bias" | "running_mean" | "running_var") => Number(tensors[`bn.${part}`].data[filter]);
    const normalised = (theirs - of("running_mean")) / Math.sqrt(of("running_var") + EPSILON);
    assertAlmostEquals(ours, of("weight") * normalised + of("bias"), 1e-5);
  }
  assertEquals([kernel.length, bias.length], [24, 2]);
});

Deno.test("foldBatchNorm() refuses numbers that give nothing finite", () => {
  for (const bad of [{ "bn.running_var": tensor([2], [4, -1]) }, { "bn.bias": tensor([2], [NaN, 0]) }]) {
    assertThrows(() => foldBatchNorm({ ...tensors, ...bad }, "conv", "bn", EPSILON, "w"), UserError, `"w"`);
  }
});
