import { assert, assertEquals, assertLess, assertRejects, assertStringIncludes } from "@std/assert";
import { UserError } from "../../../../src/base/errors.ts";
import { openArchive } from "../../../../src/data/files/archive.ts";
import { openStorySet, prepareSet } from "../../../../src/data/mod.ts";
import { source } from "../../../../src/data/sets/abstract/mod.ts";
import type { BadInput, Source } from "../../../../src/data/sets/source.ts";
import { zip } from "../../../fixtures/zip.ts";
import { abstractFiles, type Files, refusing, skipping, withFolder } from "./fixture.ts";

/** Opens a folder with these files and gives the source to `body`. */
async function withSource(
  files: Files,
  body: (source: Source) => Promise<void> | void,
  options: Record<string, string> = {},
  bad: BadInput = refusing,
): Promise<void> {
  await withFolder(files, async (folder) => {
    await body(
      await source.open(source.options.parse({ val: "1", test: "1", ...options }), bad, await openArchive(folder)),
    );
  });
}

/** The message with which such a folder is refused. */
async function refusal(files: Files): Promise<string> {
  return (await assertRejects(() => withSource(files, () => {}), UserError)).message;
}

const without = (files: Files, pattern: RegExp): Files =>
  Object.fromEntries(Object.entries(files).filter(([path]) => !pattern.test(path)));

const all = await abstractFiles();

Deno.test("abstract forms stories of the scenes of each set, with sentences and scene graphs", () =>
  withSource(all, ({ frames, stories, scene, length }) => {
    assertEquals([length, scene], [5, { width: 500, height: 400 }]);
    assertEquals([frames.length, stories.length], [39, 5 + 6 + 6 + 6]); // scene 0_3 has no objects
    assertEquals(new Set(stories.map(({ split }) => split)).size, 3);
    const [first, second] = frames;
    assertEquals(first!.captions.map(({ text }) => text), [
      "Mike's dog is in scene 0.",
      'Jenny says "hello" to author 1.',
      "The tree is tall.",
      "Mike's dog is in scene 0.",
      'Jenny says "hello" to author 2.',
      "The tree is tall.",
    ]);
    assertEquals(second!.captions.length, 3); // one author
    const names = first!.scene!.objects.map(({ name }) => name);
    assertEquals(names.toSorted(), ["cloud", "dog", "jenny", "mike", "soccer ball", "sun", "tree"]);
    assertEquals(names.slice(0, 2), ["sun", "cloud"]); // drawing order
    const mike = first!.scene!.objects.find(({ name }) => name === "mike")!;
    assertEquals([mike.kind, mike.pose, mike.expression], ["boy", "arms to the right", "angry"]);
    assertEquals(frames.find(({ id }) => id === "Scene0_5")!.scene!.objects.length, 6); // one was taken out
    assertEquals(frames.find(({ id }) => id === "Scene1_2")!.captions.map(({ text }) => text), [
      "Mike and Jenny begin story 1.",
    ]);
  }));

Deno.test("abstract warns of unusual scenes and sentences", () =>
  withSource(all, ({ warnings }) => {
    assertEquals(warnings, [
      "Scenes without objects, skipped: 1",
      "Scenes whose only sentence is the one of their set: 1",
      "Scenes with sentences of one author only: 1",
      "Sentences with a number above 2, skipped: 2, the first in SimpleSentences/SimpleSentences1_10020.txt line 32",
    ]);
  }));

Deno.test("abstract reads a zip with a top folder as it reads a folder", async () => {
  const path = await Deno.makeTempFile({ suffix: ".zip" });
  try {
    const entries = Object.entries(all).map((
      [name, content],
    ): [string, Uint8Array | string] => [`Top/${name}`, content]);
    await Deno.writeFile(path, zip(Object.fromEntries(entries)));
    const archive = await openArchive(path);
    const zipped = await source.open(source.options.parse({ val: 1, test: 1 }), refusing, archive);
    await withSource(all, async (folder) => {
      assertEquals(zipped.stories, folder.stories);
      assertEquals(
        zipped.frames.map(({ id, captions }) => [id, captions]),
        folder.frames.map((f) => [f.id, f.captions]),
      );
      assertEquals(await zipped.frames[7]!.pictures(), await folder.frames[7]!.pictures());
    });
    archive.close();
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("abstract renders scenes like another renderer, and the report states the difference", () =>
  withSource(all, async ({ frames, findings }) => {
    assertEquals(findings!(), []);
    for (const frame of frames) assertEquals((await frame.pictures()).map(({ length }) => length), [64 * 64 * 3]);
    const [line, ...more] = findings!();
    assertEquals(more, []);
    const [, count, mean, worst] = line!.match(
      /of (\d+) scenes .* by ([\d.]+) of 255 .* by ([\d.]+) in the worst scene, Scene\d/,
    )!;
    assertEquals(count, "25");
    assertLess(Number(mean), 0.5);
    assertLess(Number(worst), 1);
  }, { check: "25" }));

Deno.test("abstract renders the scenes that have no published picture", async () => {
  const pictures: Record<string, Uint8Array> = {};
  await withSource(all, async ({ frames }) => {
    for (const { id, pictures: read } of frames.slice(0, 5)) pictures[id] = (await read())[0]!;
  }, { check: "0" });
  await withSource(without(all, /RenderedScenes/), async ({ frames, warnings, findings }) => {
    for (const { id, pictures: read } of frames.slice(0, 5)) {
      const [drawn] = await read();
      const difference = drawn!.reduce((sum, value, i) => sum + Math.abs(value - pictures[id]![i]!), 0) / drawn!.length;
      assertLess(difference, 1, id);
    }
    assertEquals(warnings![0], "There is no RenderedScenes folder: the kit renders every scene from its clip art");
    assert(warnings!.includes("Scenes without a published picture, rendered by the kit: 39"));
    assertEquals(findings!(), []);
  });
});

Deno.test("abstract works without optional files, and warns of the consequences", async () => {
  const bare = without(all, /Pngs|tuples|Sentences_1002|SimpleSentences2/);
  await withSource(bare, async ({ frames, warnings }) => {
    assertEquals(frames[0]!.captions.map(({ text }) => text), [
      "Mike's dog is in scene 0.",
      'Jenny says "hello" to author 1.',
      "The tree is tall.",
    ]);
    assertEquals(frames.some(({ id }) => id === "Scene1_2"), false); // no sentence at all
    assertEquals((await frames[0]!.pictures()).length, 1);
    assertStringIncludes(warnings!.join("\n"), "There is no SimpleSentences/SimpleSentences2_10020.txt");
    assertStringIncludes(warnings!.join("\n"), "There is no Sentences_1002.txt");
    assertStringIncludes(warnings!.join("\n"), "There is no Pngs folder");
    assertStringIncludes(warnings!.join("\n"), "Scenes without a sentence, skipped: 1");
  });
});

Deno.test("abstract names all missing required files in one error", async () => {
  const message = await refusal({ "readme.txt": "Nothing here." });
  for (const words of ["Scenes_10020.txt", "SimpleSentences1_10020.txt", "RenderedScenes", "Pngs", "optional"]) {
    assertStringIncludes(message, words);
  }
  const pictures = await refusal(without(all, /Rendered|Pngs/));
  assertStringIncludes(pictures, "It lacks: RenderedScenes/Scene0_0.png");
  assertEquals(pictures.includes("what stands where"), false);
});

Deno.test("abstract rejects or skips a scene without published picture and clip art", async () => {
  const broken = without(all, /Scene2_4\.png|Pngs\/p_8s/);
  assertEquals(
    await refusal(broken),
    "RenderedScenes/Scene2_4.png is missing, and so is Pngs/p_8.png, which is needed to render it.",
  );
  const bad = skipping();
  await withSource(broken, ({ frames }) => assertEquals(frames.length, 38), {}, bad);
  assertEquals(bad.messages.length, 1);
});

Deno.test("abstract names a picture that cannot be read", async () => {
  const path = "RenderedScenes/Scene0_0.png";
  for (const bytes of [new Uint8Array(), (all[path] as Uint8Array).slice(0, 300)]) {
    await withSource({ ...all, [path]: bytes }, async ({ frames }) => {
      await assertRejects(() => frames[0]!.pictures(), UserError, path);
    });
  }
});

Deno.test("abstract continues when only the comparison fails, and reports it", () =>
  withSource({ ...all, "Pngs/a_2s.png": "no picture" }, async ({ frames, findings }) => {
    await frames[0]!.pictures();
    assertStringIncludes(
      findings!().join("\n"),
      "Scene0_0 could not be rendered for the comparison: Cannot read the clip art",
    );
  }));

Deno.test("abstract forms halves, which use each scene once", () =>
  withSource(all, ({ frames, stories }) => {
    assertEquals(stories.length, 1 + 2 + 2 + 2);
    assertEquals(frames.length, 35);
    assertEquals(stories.flatMap((story) => story.frames).toSorted((a, b) => a - b), frames.map((_, i) => i));
  }, { stories: "halves" }));

Deno.test("prepareSet() prepares the same set from a folder and a zip, and skips invalid input only with skipBad", () =>
  withFolder(all, async (folder) => {
    const root = await Deno.makeTempDir({ prefix: "storyloom-abstract-root-" });
    const [packed, damaged] = [`${root}/set.zip`, `${root}/damaged.zip`];
    try {
      await Deno.writeFile(packed, zip(all));
      await Deno.writeFile(damaged, zip({ ...all, "RenderedScenes/Scene3_0.png": new Uint8Array() }));
      const options = { val: 1, test: 1 };
      const prepare = (from: string, name: string, skipBad = false) =>
        prepareSet("abstract", { from, name, root, options, skipBad });
      const { manifest } = await prepare(folder, "folder");
      assertEquals({ ...(await prepare(packed, "zip")).manifest, name: "folder" }, manifest);
      assertEquals([manifest.differentFrames, manifest.frames, manifest.dropped], [39, 5, 0]);
      assertEquals((await openStorySet("folder", root)).split("val").length, manifest.stories.val);
      const report = await Deno.readTextFile(`${root}/folder/report.txt`);
      assertStringIncludes(report, "The kit's own renderings of 39 scenes differ");
      assertStringIncludes(report, "Scenes without objects, skipped: 1");

      const refused = await assertRejects(() => prepare(damaged, "damaged"), UserError, "RenderedScenes/Scene3_0.png");
      assertStringIncludes(refused.message, "it is empty");
      assertEquals((await prepare(damaged, "damaged", true)).manifest.differentFrames, 38);
    } finally {
      await Deno.remove(root, { recursive: true });
    }
  }));
