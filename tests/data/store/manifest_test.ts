import { assertEquals, assertRejects } from "@std/assert";
import { UserError } from "../../../src/base/errors.ts";
import { manifestText, readManifest } from "../../../src/data/store/manifest.ts";
import { openStorySet, prepareSet } from "../../../src/data/mod.ts";
import { fuzz } from "../../fixtures/fuzz.ts";

async function withSet(body: (root: string, path: string, text: string) => Promise<void>): Promise<void> {
  const root = await Deno.makeTempDir();
  try {
    await prepareSet("clipart", { options: { stories: 2 }, root });
    const path = `${root}/clipart/prepared/manifest.json`;
    await body(root, path, await Deno.readTextFile(path));
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

Deno.test("readManifest() returns what was written, and undefined where no set was completed", () =>
  withSet(async (root, path, text) => {
    const found = (await readManifest("clipart", root))!;
    assertEquals([found.text, manifestText(found.manifest)], [text, text]);
    assertEquals(found.manifest.stories, { train: 2, val: 4, test: 4 });
    await Deno.remove(path);
    assertEquals(await readManifest("clipart", root), undefined);
    assertEquals(await readManifest("none", root), undefined);
  }));

Deno.test("readManifest() names the invalid entry and the command that repairs the set", () =>
  withSet(async (root, path, text) => {
    for (
      const [from, to, word] of [
        ['"version": 2', '"version": 1', "version"],
        ['"train": 2', '"train": -2', "stories.train"],
        ['"frames.jsonl"', '"frames.json"', "files: expected an entry for each of"],
        ["{", "", "not a manifest of this version"],
      ] as const
    ) {
      await Deno.writeTextFile(path, text.replace(from, to));
      await assertRejects(() => readManifest("clipart", root), UserError, word);
      await assertRejects(() => readManifest("clipart", root), UserError, "`deno task prepare clipart --force`");
    }
  }));

Deno.test("openStorySet() throws only user errors on 2,000 damaged manifests", () =>
  withSet(async (root, path, text) => {
    await fuzz("manifest.json", new TextEncoder().encode(text), async (bytes) => {
      await Deno.writeFile(path, bytes);
      (await openStorySet("clipart", root)).split("val");
    });
  }));
