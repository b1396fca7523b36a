import { assertEquals, assertLess, assertNotEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { UserError } from "../../src/base/errors.ts";
import { sha256File } from "../../src/base/files.ts";
import { encodeSafetensors } from "../../src/formats/safetensors.ts";
import { tf, useEngine } from "../../src/engine/mod.ts";
import type { FeatureNetwork } from "../../src/metrics/features.ts";
import { networkNames, networksOfWeights, openNetwork } from "../../src/metrics/networks.ts";
import { publishedInception } from "../../src/model/pretrained/inception/weights.ts";
import { publishedR2plus1d } from "../../src/model/pretrained/r2plus1d/weights.ts";
import { digestTensors, type Published, readPublished, readWeights } from "../../src/model/pretrained/read.ts";
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
  // Weights of fitting shapes are not the published ones, whatever their file is called.
  const [file] = [...Deno.readDirSync(`${root}/weights`)].filter(({ name }) => name.startsWith("pt_"));
  assertEquals(network.name, `inception:${sha256File(`${root}/weights/${file!.name}`).slice(0, 8)}`);
  network.dispose();
});

Deno.test("weights of one's own are named by their digest and mode, and the networks that they fit are found", async () => {
  write("own-inception.safetensors", { ...publishedInception("fid").shapes, "fc.weight": [10, 2048] });
  write("own-r2plus1d.safetensors", publishedR2plus1d().shapes);
  const [inception, r2plus1d] = ["inception", "r2plus1d"].map((name) => `${root}/weights/own-${name}.safetensors`);
  assertEquals(await networksOfWeights(inception!), ["inception-2015-12-05"]);
  assertEquals(await networksOfWeights(r2plus1d!), ["r2plus1d-18.published", "r2plus1d-18.kinetics"]);
  const network = await openNetwork("r2plus1d-18.kinetics", { weights: r2plus1d });
  assertEquals(network.name, `r2plus1d:${sha256File(r2plus1d!).slice(0, 8)}.kinetics`);
  network.dispose();
  write("neither.safetensors", { stem: [1] });
  const told = (await assertRejects(() => networksOfWeights(`${root}/weights/neither.safetensors`), UserError)).message;
  for (const title of ["FID's Inception v3", "torchvision's r2plus1d_18"]) assertStringIncludes(told, title);
});

Deno.test("readWeights() knows published weights by the digest of their file, or of their tensors when converted", async () => {
  const path = `${root}/weights/small.safetensors`;
  write("small.safetensors", { a: [2], b: [3] });
  const expected = { shapes: { a: [2], b: [3] }, unread: /^$/, unreadShapes: {}, title: "small", file: "small.pth" };
  const known = async (digest: Published["digest"]) => (await readWeights(path, { ...expected, digest })).isPublished;
  const tensors = digestTensors(await readPublished(path, { ...expected, digest: {} }));
  assertEquals(await known({}), false);
  assertEquals(await known({ file: sha256File(path).slice(0, 8) }), true);
  assertEquals(await known({ tensors }), true);
  write("small.safetensors", { b: [3], a: [2] }); // another file with the same tensors
  assertEquals(await known({ tensors }), true);
  const changed = { a: weights("other", [2]), b: weights("b", [3]) };
  Deno.writeFileSync(path, encodeSafetensors(changed));
  assertEquals(await known({ tensors }), false);
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
