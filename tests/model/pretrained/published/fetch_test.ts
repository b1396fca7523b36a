import { assert, assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { UserError } from "../../../../src/base/errors.ts";
import { sha256 } from "../../../../src/base/files.ts";
import { encodeSafetensors, type StoredTensor } from "../../../../src/formats/safetensors.ts";
import { fetchTask } from "../../../../src/cli/data/fetch.ts";
import { fetchWeights } from "../../../../src/model/pretrained/published/fetch.ts";
import {
  findWeights,
  type WeightsFile,
  weightsFiles,
  weightsPath,
} from "../../../../src/model/pretrained/published/files.ts";
import { unpack } from "../../../formats/python/fixtures.ts";

const cases = JSON.parse(Deno.readTextFileSync(new URL("../../../formats/python/torch.json", import.meta.url)));
/** A real PyTorch checkpoint of two layers, in the older format, standing in for a published one. */
const checkpoint = unpack(cases["a module's state"].stream) as Uint8Array<ArrayBuffer>;
const shapes = {
  "0.weight": [3, 2, 1, 2],
  "1.weight": [3],
  "1.bias": [3],
  "1.running_mean": [3],
  "1.running_var": [3],
};
const known = (url: string, digest = sha256(checkpoint).slice(0, 8)): WeightsFile => ({
  file: `small-${digest}.pth`,
  urls: [url],
  megabytes: 1,
  licence: "none",
  use: "tests",
  published: () => ({
    shapes,
    unread: /num_batches_tracked$/,
    unreadShapes: {},
    title: "two layers",
    file: `small-${digest}.pth`,
    digest: { file: digest },
  }),
});

/** A server that gives `content` at /w, and a `data` folder. */
async function withServer(content: Uint8Array<ArrayBuffer>, body: (url: string, root: string) => Promise<void>) {
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, () => new Response(content));
  const root = await Deno.makeTempDir();
  try {
    await body(`http://127.0.0.1:${server.addr.port}/w`, root);
  } finally {
    await server.shutdown();
    await Deno.remove(root, { recursive: true });
  }
}

Deno.test("fetchWeights() brings a checkpoint, compares its digest, opens it, and does so once", async () => {
  await withServer(checkpoint, async (url, root) => {
    const fetched = await fetchWeights("small", root, { known: known(url) });
    assertEquals([fetched.source, fetched.sha256], [url, sha256(checkpoint)]);
    assertEquals(await Deno.readFile(fetched.path), checkpoint);
    const again = await fetchWeights("small", root, { known: known("http://127.0.0.1:1/") });
    assertEquals([again.source, again.path], [undefined, fetched.path]);
  });
});

Deno.test("fetchWeights() refuses another digest, another network and what is no file of weights", async () => {
  await withServer(checkpoint, async (url, root) => {
    const message = async (weights: WeightsFile) =>
      (await assertRejects(() => fetchWeights("small", root, { known: weights }), UserError)).message;
    assertStringIncludes(await message(known(url, "00000000")), "small-00000000.pth begins with 00000000");
    const other = { ...known(url), published: () => ({ ...known(url).published(), shapes: { stem: [1] } }) };
    assertStringIncludes(await message(other), `lack the tensor "stem" [1]`);
    assertStringIncludes(await message(other), "run deno task fetch weights small --from FILE");
    assertEquals([...Deno.readDirSync(`${root}/weights`)].filter(({ name }) => name.endsWith(".pth")), []);
  });
  await withServer(new TextEncoder().encode("<html>gone</html>"), async (url, root) => {
    await assertRejects(() => fetchWeights("small", root, { known: known(url) }), UserError, "safetensors");
  });
});

Deno.test("fetchWeights() takes a local checkpoint or safetensors, and leaves what was there when it does not fit", async () => {
  await withServer(checkpoint, async (url, root) => {
    const from = `${root}/mine`;
    await Deno.writeFile(from, checkpoint);
    const taken = await fetchWeights("small", root, { known: known(url), from });
    assertStringIncludes(taken.path, `weights/${known(url).file}`);
    const tensors = Object.fromEntries(
      Object.entries(shapes).map(([name, shape]): [string, StoredTensor] => {
        return [name, { dtype: "F16", shape, data: new Uint16Array(shape.reduce((a, b) => a * b, 1)) }];
      }),
    );
    await Deno.writeFile(from, encodeSafetensors(tensors));
    assertStringIncludes((await fetchWeights("small", root, { known: known(url), from })).path, ".safetensors");
    await Deno.writeFile(from, encodeSafetensors({ ...tensors, more: tensors["1.bias"]! }));
    await assertRejects(() => fetchWeights("small", root, { known: known(url), from }), UserError, `hold "more" [3]`);
    await assertRejects(() => fetchWeights("small", root, { known: known(url), from: "none" }), UserError, `"none"`);
    assert((await Deno.readFile(taken.path)).length === checkpoint.length);
  });
});

Deno.test("weights are found by their name or as safetensors, and a missing file is a command", async () => {
  const root = await Deno.makeTempDir();
  try {
    assertEquals(findWeights("inception-fid", root), undefined);
    assertThrows(() => weightsPath("inception-fid", root), UserError, "run deno task fetch weights inception-fid");
    await Deno.mkdir(`${root}/weights`);
    await Deno.writeTextFile(`${root}/weights/pt_inception-2015-12-05-6726825d.safetensors`, "x");
    assertStringIncludes(weightsPath("inception-fid", root), ".safetensors");
    for (const { file, published } of Object.values(weightsFiles)) {
      assertStringIncludes(file, published().digest.file ?? "");
      assertEquals(published().file, file);
    }
    await assertRejects(() => fetchTask(["weights", "inseption"], { root }), UserError, `no weights "inseption"`);
    await assertRejects(() => fetchTask(["weights", "--from", "x"], { root }), UserError, `Name what "x" is`);
    await assertRejects(() => fetchTask(["weights", "a", "--url", "x"], { root }), UserError, "weights take --from");
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});
