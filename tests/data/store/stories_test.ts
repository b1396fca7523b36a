import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { UserError } from "../../../src/base/errors.ts";
import { sha256 } from "../../../src/base/files.ts";
import { fixedPictures, openStorySet, prepareSet, splits } from "../../../src/data/mod.ts";
import { tinyStorySet } from "../../fixtures/tiny_stories.ts";

/** Runs `body` with a small prepared set that it may damage. */
async function withSet(body: (root: string, folder: string) => Promise<void>): Promise<void> {
  const root = await Deno.makeTempDir();
  try {
    await prepareSet("clipart", { options: { stories: 2 }, root });
    await body(root, `${root}/clipart/prepared`);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

/** Opening must fail with `words`, and so must preparing without force; with force the set is good again. */
async function assertDamaged(root: string, words: string): Promise<void> {
  const error = await assertRejects(() => openStorySet("clipart", root), UserError);
  assertStringIncludes(error.message, words);
  assertStringIncludes(error.message, "deno task prepare clipart --force");
  const refused = await assertRejects(() => prepareSet("clipart", { options: { stories: 2 }, root }), UserError);
  assertStringIncludes(refused.message, "--force");
  await prepareSet("clipart", { options: { stories: 2 }, root, force: true });
  await openStorySet("clipart", root);
}

Deno.test("openStorySet() gives the stories of each split with their pictures", async () => {
  const set = await tinyStorySet();
  assertEquals(splits.map((split) => set.split(split).length), [12, 4, 4]);
  assertEquals([set.name, set.frames, set.size, set.digest.length], ["clipart", 5, 64, 64]);
  const pictures = new Set<string>();
  for (const split of splits) {
    set.split(split).forEach((story, index) => {
      assertEquals([story.split, story.index, story.frames.length], [split, index, 5]);
      for (const picture of fixedPictures(set, story)) {
        assertEquals(picture.length, 64 * 64 * 3);
        pictures.add(sha256(picture));
      }
    });
  }
  // Some frames change nothing that one can see, but no two stories share a first picture.
  const firsts = splits.flatMap((split) => set.split(split).map((story) => sha256(fixedPictures(set, story)[0]!)));
  assertEquals(new Set(firsts).size, 20);
  assertEquals(pictures.size > 70, true);
});

Deno.test("openStorySet() says how to prepare a set that is not there", async () => {
  const root = await Deno.makeTempDir();
  const error = await assertRejects(() => openStorySet("clipart", root), UserError, "not prepared");
  assertStringIncludes(error.message, "`deno task prepare clipart`");
  await Deno.remove(root);
});

Deno.test("openStorySet() takes a set without a manifest for not prepared", () =>
  withSet(async (root, folder) => {
    await Deno.remove(`${folder}/manifest.json`); // as after a process killed half-way
    await assertRejects(() => openStorySet("clipart", root), UserError, "not prepared");
    assertEquals((await prepareSet("clipart", { options: { stories: 2 }, root })).made, true);
    await openStorySet("clipart", root);
  }));

Deno.test("openStorySet() refuses pictures with a changed byte", () =>
  withSet(async (root, folder) => {
    const bytes = await Deno.readFile(`${folder}/images.u8`);
    bytes[12345]! ^= 1;
    await Deno.writeFile(`${folder}/images.u8`, bytes);
    await assertDamaged(root, "SHA-256");
  }));

Deno.test("openStorySet() refuses truncated and missing files", () =>
  withSet(async (root, folder) => {
    await Deno.truncate(`${folder}/stories.jsonl`, 1000);
    await assertDamaged(root, "1000 bytes");
    await Deno.remove(`${folder}/images.u8`);
    await assertDamaged(root, "is missing");
  }));

Deno.test("openStorySet() refuses a foreign manifest", () =>
  withSet(async (root, folder) => {
    await Deno.writeTextFile(`${folder}/manifest.json`, '{"format": "something else"}');
    await assertDamaged(root, "is not a manifest");
  }));
