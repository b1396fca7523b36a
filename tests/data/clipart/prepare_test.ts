import { assert, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { prepare } from "../../../src/cli/prepare.ts";
import { UserError } from "../../../src/base/errors.ts";
import { makeClipart, openStorySet, prepareClipart } from "../../../src/data/mod.ts";
import { splitCounts } from "../../../src/data/clipart/prepare.ts";

async function withRoot(body: (root: string) => Promise<void>): Promise<void> {
  const root = await Deno.makeTempDir();
  try {
    await body(root);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

Deno.test("prepareClipart() writes the same bytes every time, and others for another seed", () =>
  withRoot(async (root) => {
    const first = await prepareClipart({ stories: 6, seed: 3, root: `${root}/a` });
    const second = await prepareClipart({ stories: 6, seed: 3, root: `${root}/b` });
    const other = await prepareClipart({ stories: 6, seed: 4, root: `${root}/c` });
    assertEquals(first, second);
    assertNotEquals(first.files["images.u8"]!.sha256, other.files["images.u8"]!.sha256);
    assertNotEquals(first.files["stories.jsonl"]!.sha256, other.files["stories.jsonl"]!.sha256);
    assertEquals(first.files["images.u8"]!.bytes, (6 + 4 + 4) * 5 * 64 * 64 * 3);
  }));

Deno.test("prepareClipart() makes the same training stories whatever their number", () =>
  withRoot(async (root) => {
    await prepareClipart({ stories: 3, root: `${root}/few` });
    await prepareClipart({ stories: 5, root: `${root}/more` });
    const [few, more] = [await openStorySet("clipart", `${root}/few`), await openStorySet("clipart", `${root}/more`)];
    assertEquals(few.split("train"), more.split("train").slice(0, 3));
    assertEquals(few.pixels(few.split("val")[1]!, 4), more.pixels(more.split("val")[1]!, 4));
  }));

Deno.test("makeClipart() does nothing when the same set is there, and replaces another one", () =>
  withRoot(async (root) => {
    assert((await makeClipart({ stories: 2, root })).made);
    assert(!(await makeClipart({ stories: 2, root })).made);
    assert((await makeClipart({ stories: 3, root })).made);
    assertEquals((await openStorySet("clipart", root)).split("train").length, 3);
    const left = await Array.fromAsync(Deno.readDir(`${root}/clipart`));
    assertEquals(left.map(({ name }) => name), ["prepared"]);
  }));

Deno.test("makeClipart() clears what a killed process left, and keeps the good set when it fails itself", () =>
  withRoot(async (root) => {
    const gone = await new Deno.Command(Deno.execPath(), { args: ["--version"], stdout: "null" }).spawn();
    await gone.status;
    const { manifest } = await makeClipart({ stories: 2, root });
    await Deno.mkdir(`${root}/clipart/prepared.${gone.pid}.tmp`);
    const stop = () => {
      throw new Error("power cut");
    };
    await assertRejects(() => makeClipart({ stories: 3, root, onProgress: stop }), Error, "power cut");
    assertEquals((await openStorySet("clipart", root)).manifest, manifest);
    const left = await Array.fromAsync(Deno.readDir(`${root}/clipart`));
    assertEquals(left.map(({ name }) => name), ["prepared"]);
  }));

Deno.test("makeClipart() reports progress up to all stories", () =>
  withRoot(async (root) => {
    const heard: [number, number][] = [];
    await makeClipart({ stories: 50, root, onProgress: (done, total) => heard.push([done, total]) });
    assertEquals(heard, [[50, 62], [62, 62]]);
  }));

Deno.test("splitCounts() gives 2000/250/250 by default and at least four held-out stories", () => {
  assertEquals(splitCounts(2000), { train: 2000, val: 250, test: 250 });
  assertEquals(splitCounts(12), { train: 12, val: 4, test: 4 });
});

Deno.test("prepareClipart() and its task refuse what makes no set", () =>
  withRoot(async (root) => {
    await assertRejects(() => prepareClipart({ stories: 1, root }), UserError, "--stories cannot be 1");
    await assertRejects(() => prepareClipart({ stories: 2.5, root }), UserError, "whole number");
    await assertRejects(() => prepareClipart({ seed: -1, root }), UserError, "--seed cannot be -1");
    await assertRejects(() => prepare([], root), UserError, "Name the data set");
    await assertRejects(() => prepare(["pororo"], root), UserError, 'Unknown data set "pororo"');
    await assertRejects(() => prepare(["clipart", "--story", "3"], root), UserError, "--stories");
    await assertRejects(() => prepare(["clipart", "--stories", "many"], root), UserError, '"many"');
    await assertRejects(() => prepare(["clipart", "again"], root), UserError, '"again"');
  }));

Deno.test("prepareClipart() says so when the folder cannot be made", () =>
  withRoot(async (root) => {
    await Deno.writeTextFile(`${root}/clipart`, "a file in the way");
    await assertRejects(() => prepareClipart({ stories: 2, root }), UserError, "Cannot write the data set");
  }));
