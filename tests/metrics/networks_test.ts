import { assertEquals, assertLess, assertNotEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { UserError } from "../../src/base/errors.ts";
import { encodeSafetensors } from "../../src/formats/safetensors.ts";
import { tf, useEngine } from "../../src/engine/mod.ts";
import type { FeatureNetwork } from "../../src/metrics/features.ts";
import { networkNames, openNetwork } from "../../src/metrics/networks.ts";
import { publishedInception } from "../../src/model/pretrained/inception/weights.ts";
import { publishedR2plus1d } from "../../src/model/pretrained/r2plus1d/weights.ts";
import { noise, weights } from "../model/pretrained/inception/formula.ts";

await useEngine("auto");

const root = Deno.makeTempDirSync();
globalThis.addEventListener("unload", () => Deno.removeSync(root, { recursive: true }));
Deno.mkdirSync(`${root}/weights`);
/** Weights that follow from their names, where the published ones would lie. */
function write(file: string, shapes: Record<string, number[]>): void {
  const tensors = Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, weights(name, shape)]));
  Deno.writeFileSync(`${root}/weights/${file}`, encodeSafetensors(tensors));
}
const stories = (...shape: [number, number, number, number, number]) =>
  tf.tensor(Float32Array.from(noise("stories", shape.reduce((a, b) => a * b, 1))), shape);

/** A story beside two different neighbours: equal up to rounding, whatever the network. */
function assertIndependent(network: FeatureNetwork): void {
  const [first, second, third] = tf.split(stories(3, 2, 40, 40, 3), 3) as [tf.Tensor, tf.Tensor, tf.Tensor];
  const rows = network.of === "frames" ? 2 : 1;
  const seen = [network.features(tf.concat([first, second])), network.features(tf.concat([third, first]))];
  assertEquals(seen.map(({ shape }) => shape), Array(2).fill([2 * rows, network.width]));
  const [a, b] = seen.map((features, i) =>
    tf.slice(features, [i * rows, 0], [rows, network.width]).dataSync<"float32">()
  );
  const largest = a!.reduce((largest, x) => Math.max(largest, Math.abs(x)), 0);
  assertLess(1e-3, largest);
  a!.forEach((x, i) => assertLess(Math.abs(x - b![i]!) / largest, 1e-5));
  assertNotEquals(seen[0]!.dataSync<"float32">(), seen[1]!.dataSync<"float32">());
}

Deno.test("frames do not depend on the rest of the batch, and weights are found in their folder", async () => {
  write("pt_inception-2015-12-05-6726825d.safetensors", publishedInception("fid").shapes);
  const network = await openNetwork("inception-2015-12-05", { root });
  assertIndependent(network);
  network.dispose();
});

Deno.test("stories do not depend on the rest of the batch, and the two modes differ", async () => {
  const [published, kinetics] = await Promise.all(
    ["published", "kinetics"].map((mode) => openNetwork(`r2plus1d-random.${mode}`)),
  );
  assertNotEquals(published!.digest, kinetics!.digest);
  assertIndependent(kinetics!);
  const seen = [published!, kinetics!].map((network) => network.features(stories(2, 2, 40, 40, 3)).dataSync()[0]);
  assertNotEquals(seen[0], seen[1]);
  published!.dispose();
  kinetics!.dispose();
});

Deno.test("openNetwork() names the command that brings weights that are missing, and refuses those of another network", async () => {
  assertEquals(networkNames.length, 6);
  const empty = { root: `${root}/nowhere` };
  const inception = (await assertRejects(() => openNetwork("inception-2015-12-05", empty), UserError)).message;
  assertStringIncludes(inception, "deno task fetch weights inception-fid");
  const r2plus1d = (await assertRejects(() => openNetwork("r2plus1d-18.published", empty), UserError)).message;
  assertStringIncludes(r2plus1d, "r2plus1d_18-91a641e6.pth");
  const shapes = publishedR2plus1d().shapes;
  write("other.safetensors", { "stem.0.weight": shapes["stem.0.weight"]! });
  const other = `${root}/weights/other.safetensors`;
  const told = (await assertRejects(() => openNetwork("r2plus1d-18.published", { weights: other }), UserError)).message;
  assertStringIncludes(told, `lack the tensor "stem.1.weight" [45]`);
  await assertRejects(
    () => openNetwork("r2plus1d-random.published", { weights: other }),
    UserError,
    "has random weights",
  );
  await assertRejects(() => openNetwork("vgg"), UserError, `no feature network "vgg"`);
});
