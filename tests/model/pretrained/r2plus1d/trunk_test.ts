import { assertAlmostEquals, assertEquals, assertLess, assertThrows } from "@std/assert";
import { UserError } from "../../../../src/base/errors.ts";
import { jit, type State, type Tensor, tf, useEngine } from "../../../../src/engine/mod.ts";
import { initialize } from "../../../../src/model/parameters.ts";
import { blocks, middleWidth, r2plus1dConvolutions } from "../../../../src/model/pretrained/r2plus1d/layers.ts";
import { r2plus1dParameters, r2plus1dTrunk } from "../../../../src/model/pretrained/r2plus1d/trunk.ts";
import { publishedR2plus1d } from "../../../../src/model/pretrained/r2plus1d/weights.ts";
import { noise } from "../inception/formula.ts";

await useEngine("auto");

const size = (shape: number[]) => shape.reduce((a, b) => a * b, 1);
const clips = (...shape: number[]) => tf.tensor(Float32Array.from(noise("clips", size(shape))), shape);
const sampled = initialize(r2plus1dParameters(), 3);

Deno.test("R(2+1)D-18 has the published number of parameters and widths", () => {
  const { shapes } = publishedR2plus1d();
  const trained = Object.entries(shapes).filter(([name]) => !name.includes(".running_"));
  assertEquals(trained.reduce((sum, [, shape]) => sum + size(shape), 0), 31_300_125);
  const middles = blocks.flatMap(({ convolutions }) => convolutions.filter((_, i) => i % 2 === 0));
  assertEquals(
    middles.map(({ output }) => output),
    [...Array(4).fill(144), 230, 230, 288, 288].concat(
      [460, 460, 576, 576, 921, 921, 1152, 1152],
    ),
  );
  assertEquals(middleWidth(64, 64), 144);
  assertEquals(shapes["stem.0.weight"], [45, 3, 1, 7, 7]);
  assertEquals(shapes["layer4.0.conv1.0.3.weight"], [512, 921, 3, 1, 1]);
  assertEquals(shapes["layer2.0.downsample.0.weight"], [128, 64, 1, 1, 1]);
  assertEquals(r2plus1dConvolutions().length, 2 + 8 * 4 + 3);
});

Deno.test("r2plus1dTrunk() is the network of volumes that it stands for, at any length and size", () => {
  const see = jit((state: State, clips: Tensor) => ({ ours: r2plus1dTrunk(state, clips), plain: plain(state, clips) }));
  for (const frames of [1, 2, 5]) {
    const { ours, plain } = see(sampled, clips(1, frames, 17, 20, 3));
    assertEquals(ours!.shape, [1, 512]);
    const [a, b] = [ours!.dataSync<"float32">(), plain!.dataSync<"float32">()];
    const largest = b.reduce((largest, x) => Math.max(largest, Math.abs(x)), 0);
    assertLess(1e-3, largest);
    a.forEach((x, i) => assertAlmostEquals(x / largest, b[i]! / largest, 1e-5));
  }
  see.dispose();
});

Deno.test("r2plus1dTrunk() names a tensor that the state lacks", () => {
  assertThrows(() => r2plus1dTrunk({}, clips(1, 1, 8, 8, 3)), UserError, "r2plus1d.stem.0.kernel");
});

/** The same with a 3-D convolution for each layer and its border written out. */
function plain(state: State, x: Tensor): Tensor {
  const layers = Object.fromEntries(r2plus1dConvolutions().map((layer) => [layer.name, layer]));
  const conv = (name: string, x: Tensor) => {
    const { size, stride: [time, space] } = layers[name]!;
    const border = size.map((taps): [number, number] => [(taps - 1) / 2, (taps - 1) / 2]);
    const padded = tf.pad(x, [[0, 0], ...border, [0, 0]]) as tf.Tensor5D;
    const kernel = state[`r2plus1d.${name}.kernel`] as tf.Tensor5D;
    return tf.add(tf.conv3d(padded, kernel, [time, space, space], "valid"), state[`r2plus1d.${name}.bias`]!);
  };
  x = tf.relu(conv("stem.3", tf.relu(conv("stem.0", x))));
  for (const block of ["1.0", "1.1", "2.0", "2.1", "3.0", "3.1", "4.0", "4.1"].map((b) => `layer${b}`)) {
    let y = x;
    for (const name of ["conv1.0.0", "conv1.0.3", "conv2.0.0"]) y = tf.relu(conv(`${block}.${name}`, y));
    const beside = `${block}.downsample.0` in layers ? conv(`${block}.downsample.0`, x) : x;
    x = tf.relu(tf.add(conv(`${block}.conv2.0.3`, y), beside));
  }
  return tf.mean(x, [1, 2, 3]);
}
