/** Whether a set is the same is judged by its input, too; and what happened to its pictures is told. */
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import sharp from "sharp";
import { prepareSet } from "../../../src/data/mod.ts";
import { openArchive } from "../../../src/data/files/archive.ts";
import { inputDigest } from "../../../src/data/prepare/input.ts";
import { UserError } from "../../../src/base/errors.ts";
import { zip } from "../../fixtures/zip.ts";
import { episodes, pororoFiles, writeFiles } from "../sets/pororo/fixture.ts";
import { withFolder } from "../../runs/help.ts";

const png = async (background: string, width = 8, height = 8) =>
  new Uint8Array(await sharp({ create: { width, height, channels: 3, background } }).png().toBuffer());
const line = (id: string, split: string) =>
  JSON.stringify({ id, split, frames: [{ image: `${id}.png`, captions: ["a ball"] }] });
const text = (content: string) => new TextEncoder().encode(content);

Deno.test("prepareSet() of the same options prepares again when a picture or a list of the input has changed", () =>
  withFolder(async (root) => {
    const from = `${root}/in`;
    await writeFiles(from, {
      "stories.jsonl": text(["t", "u", "v"].map((id) => line(id, id === "v" ? "val" : "train")).join("\n")),
      "t.png": await png("red"),
      "u.png": await png("lime"),
      "v.png": await png("blue"),
    });
    const prepare = () => prepareSet("folder", { root, from });
    const { manifest } = await prepare();
    assertEquals((await prepare()).made, false);
    assertEquals((await prepareSet("folder", { root })).made, false); // without --from: the same input
    await Deno.writeFile(`${from}/t.png`, await png("white"));
    await Deno.utime(`${from}/t.png`, 1, 1);
    const changed = await prepare();
    assertEquals([changed.made, changed.manifest.files["images.u8"] === manifest.files["images.u8"]], [true, false]);
    await Deno.utime(`${from}/t.png`, 2, 2); // as in a copy: prepared again, to the same bytes
    const again = await prepare();
    assertEquals([again.made, again.manifest], [true, changed.manifest]);
    await Deno.remove(`${from}/stories.jsonl`);
    await assertRejects(prepare, UserError, "stories.jsonl");
    assertEquals((await prepareSet("folder", { root })).manifest, changed.manifest);
  }));

Deno.test("prepareSet() does not continue with the pictures of another input", () =>
  withFolder(async (root) => {
    const files = {
      "stories.jsonl": text(["t", "u", "v"].map((id) => line(id, id === "v" ? "val" : "train")).join("\n")),
      "t.png": await png("red"),
      "u.png": await png("lime"),
      "v.png": new Uint8Array(),
    };
    await writeFiles(`${root}/one`, files);
    const other = { ...files, "t.png": await png("white"), "v.png": await png("blue") };
    await writeFiles(`${root}/two`, other);
    await assertRejects(() => prepareSet("folder", { root, from: `${root}/one` }), UserError, "it is empty");
    const { manifest } = await prepareSet("folder", { root, from: `${root}/two` });
    const alone = await prepareSet("folder", { root, from: `${root}/two`, name: "alone" });
    assertEquals(manifest.files, alone.manifest.files);
  }));

Deno.test("inputDigest() compares lists by content, and all files of a zip", () =>
  withFolder(async (root) => {
    const digest = async (path: string) => {
      const archive = await openArchive(path);
      const found = await inputDigest(archive);
      archive.close();
      return found;
    };
    await writeFiles(`${root}/in`, { "a.txt": text("one"), ".hidden": text("x") });
    const first = await digest(`${root}/in`);
    await Deno.utime(`${root}/in/a.txt`, 1, 1);
    await Deno.remove(`${root}/in/.hidden`);
    assertEquals(await digest(`${root}/in`), first);
    await Deno.writeTextFile(`${root}/in/a.txt`, "two");
    await Deno.utime(`${root}/in/a.txt`, 1, 1);
    assertEquals(await digest(`${root}/in`) === first, false);
    const packed = async (content: string) => {
      await Deno.writeFile(`${root}/set.zip`, zip({ "a.png": text(content) }));
      return await digest(`${root}/set.zip`);
    };
    assertEquals([await packed("one") === await packed("two"), await packed("one") === await packed("one")], [
      false,
      true,
    ]);
  }));

Deno.test("prepareSet() tells which strips were cut, how many stories were lost, and that a set is too small", () =>
  withFolder(async (root) => {
    const files = await pororoFiles();
    const [episode] = Object.keys(episodes);
    const spoiled = {
      ...files,
      [`${episode}/7.png`]: await png("red", 16, 40), // two squares and a half
      [`${episode}/3.png`]: new Uint8Array(),
    };
    delete spoiled["train_test_ids.npy"], delete spoiled["train_seen_unseen_ids.npy"];
    delete (spoiled as Record<string, unknown>)[`${episode}/15.png`];
    await writeFiles(`${root}/in`, spoiled);
    const options = { root, from: `${root}/in`, skipBad: true };
    const { warnings } = await prepareSet("pororo", options);
    assertEquals(warnings.filter((line) => /^Pictures|invalid/.test(line)), [
      `Pictures whose length is no multiple of their width, cut to whole squares: 1 frame, "${episode}/7"`,
      "2 invalid inputs and, because of them, 4 stories skipped",
    ]);
    assertEquals((await prepareSet("pororo", options)).warnings, [
      "2 invalid inputs skipped when it was made; the report lists what",
    ]);
    const small = await prepareSet("pororo", { ...options, limit: 1, name: "small" });
    assertStringIncludes(small.warnings.at(-1)!, "This set cannot be trained on: it has 0 training stories");
  }));
