import { assert, assertEquals, assertNotEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { z } from "zod";
import { prepare } from "../../../src/cli/data/prepare.ts";
import { fail, UserError } from "../../../src/base/errors.ts";
import { fixedPictures, openStorySet, prepareSet } from "../../../src/data/mod.ts";
import { type BadInput, setSource } from "../../../src/data/sets/source.ts";
import { splitCounts } from "../../../src/data/sets/clipart/mod.ts";
import { withFolder } from "../../runs/help.ts";

const clipart = (stories: number, root: string, seed = 1) =>
  prepareSet("clipart", { options: { stories, seed }, root });
const left = async (root: string) => (await Array.fromAsync(Deno.readDir(root))).map(({ name }) => name).sort();

/** A source of frames of one grey level each, some of which cannot be read; it counts the frames that are read. */
function greys(unreadable: number[] = [], frames = 30) {
  const reads: number[] = [];
  const source = setSource({
    name: "greys",
    version: 1,
    about: "",
    from: false,
    options: z.object({ first: z.coerce.number().default(0) }),
    open({ first }, bad: BadInput) {
      if (first > 100) bad.drop("greys.txt:3: there is no grey above 100.");
      return Promise.resolve({
        length: 2,
        labels: ["dark", "light"],
        frames: Array.from({ length: frames }, (_, i) => ({
          id: `frame ${i}`,
          captions: [{ text: `Number ${i}` }],
          labels: [1, 0],
          pictures: async () => {
            reads.push(i);
            await new Promise((done) => setTimeout(done, (i * 7) % 5)); // not in order
            if (unreadable.includes(i)) fail(`grey ${i} cannot be read.`);
            return [i, i + 100].map((level) => new Uint8Array(64 * 64 * 3).fill(first + level));
          },
        })),
        stories: Array.from({ length: frames - 1 }, (_, i) => ({
          id: `story ${i}`,
          split: i < frames - 11 ? "train" as const : i < frames - 6 ? "val" as const : "test" as const,
          frames: [i, i + 1],
        })),
      });
    },
  });
  return { source, reads };
}

Deno.test("prepareSet() writes the same bytes every time, and different ones for another seed", () =>
  withFolder(async (root) => {
    const first = await clipart(6, `${root}/a`, 3);
    const second = await clipart(6, `${root}/b`, 3);
    const other = await clipart(6, `${root}/c`, 4);
    assertEquals(first.manifest, second.manifest);
    for (const file of ["images.u8", "frames.jsonl"]) {
      assertNotEquals(first.manifest.files[file]!.sha256, other.manifest.files[file]!.sha256);
    }
    assertEquals(first.manifest.files["images.u8"]!.bytes, (6 + 4 + 4) * 5 * 64 * 64 * 3);
  }));

Deno.test("prepareSet() writes the same first training stories of clipart for any number of stories", () =>
  withFolder(async (root) => {
    await clipart(3, `${root}/few`);
    await clipart(5, `${root}/more`);
    const [few, more] = [await openStorySet("clipart", `${root}/few`), await openStorySet("clipart", `${root}/more`)];
    const captions = (set: typeof few) =>
      set.split("train").slice(0, 3).map(({ frames }) => frames.map((frame) => [frame.captions, frame.scene]));
    assertEquals(captions(few), captions(more));
    assertEquals(fixedPictures(few, few.split("val")[1]!), fixedPictures(more, more.split("val")[1]!));
  }));

Deno.test("prepareSet() does nothing when the same set is there, and replaces a different one", () =>
  withFolder(async (root) => {
    assert((await clipart(2, root)).made);
    assert(!(await clipart(2, root)).made);
    assert((await clipart(3, root)).made);
    assertEquals((await openStorySet("clipart", root)).split("train").length, 3);
    assertEquals(await left(`${root}/clipart`), ["prepared", "report.html", "report.txt"]);
  }));

Deno.test("prepareSet() keeps frames in order, shares them among stories and cuts each split to the limit", () =>
  withFolder(async (root) => {
    await prepareSet(greys().source, { root, limit: 4 });
    const set = await openStorySet("greys", root);
    assertEquals(["train", "val", "test"].map((split) => set.split(split as "val").length), [4, 4, 4]);
    assertEquals(set.manifest.differentFrames, 15); // 5 + 5 + 5, each in two stories at most
    for (const split of ["train", "val", "test"] as const) {
      for (const story of set.split(split)) {
        const i = Number(story.id.split(" ")[1]);
        assertEquals(story.frames.map(({ id }) => id), [`frame ${i}`, `frame ${i + 1}`]);
        assertEquals(fixedPictures(set, story).map(([level]) => level), [i + 100, i + 101]);
        const { first, count } = story.frames[0]!.pictures;
        assertEquals(set.pictures([first, first + 1]).map(([level]) => level), [i, i + 100]);
        assertEquals([count, story.frames[0]!.labels], [2, [1, 0]]);
      }
    }
  }));

Deno.test("prepareSet() that stopped keeps the former set, and continues where it stopped", () =>
  withFolder(async (root) => {
    const { manifest: former } = await prepareSet(greys().source, { root });
    const options = { root, options: { first: 1 } };
    const whole = (await prepareSet(greys().source, { ...options, name: "whole" })).manifest;
    const broken = greys([17]);
    const error = await assertRejects(() => prepareSet(broken.source, options), UserError, "grey 17 cannot be read");
    assertStringIncludes(error.message, "--skip-bad");
    assertEquals((await openStorySet("greys", root)).manifest, former);
    assertEquals((await left(`${root}/greys`)).slice(0, 2), ["prepared", "prepared.partial"]);

    // As after a killed process: half a picture more than the journal knows of, and half a line.
    await Deno.writeFile(`${root}/greys/prepared.partial/images.u8`, new Uint8Array(999), { append: true });
    await Deno.writeTextFile(`${root}/greys/prepared.partial/journal.jsonl`, '{"pict', { append: true });
    const mended = greys();
    const { manifest } = await prepareSet(mended.source, options);
    assertEquals(mended.reads, Array.from({ length: 13 }, (_, i) => 17 + i));
    assertEquals(manifest.files, whole.files);
    assertEquals(await left(`${root}/greys`), ["prepared", "report.html", "report.txt"]);
  }));

Deno.test("prepareSet() with --skip-bad skips invalid frames and their stories, and lists them", () =>
  withFolder(async (root) => {
    const { manifest, warnings } = await prepareSet(greys([3, 4]).source, {
      root,
      skipBad: true,
      options: { first: 101 },
    });
    assertEquals(manifest.dropped, 3);
    assertEquals(manifest.differentFrames, 28);
    assertEquals(manifest.stories, { train: 16, val: 5, test: 5 });
    assertStringIncludes(warnings.join(), "3 invalid inputs and, because of them, 3 stories skipped");
    const report = await Deno.readTextFile(`${root}/greys/report.txt`);
    for (
      const line of ["greys.txt:3: there is no grey above 100.", "grey 3 cannot be read.", "grey 4 cannot be read."]
    ) {
      assertStringIncludes(report, line);
    }
    const set = await openStorySet("greys", root);
    for (const story of set.split("train")) {
      const i = Number(story.id.split(" ")[1]);
      assertEquals(fixedPictures(set, story)[1]![0], (101 + i + 1 + 100) % 256);
    }
    const all = Array.from({ length: 30 }, (_, i) => i);
    await assertRejects(
      () => prepareSet(greys(all).source, { root, skipBad: true, force: true }),
      UserError,
      "No story",
    );
  }));

Deno.test("prepareSet() fails while another process prepares the same set", () =>
  withFolder(async (root) => {
    await Deno.mkdir(`${root}/greys/prepared.partial`, { recursive: true });
    using lock = await Deno.open(`${root}/greys/prepared.partial/lock`, { create: true, write: true });
    lock.lockSync(true);
    await assertRejects(() => prepareSet(greys().source, { root }), UserError, "another process");
  }));

Deno.test("prepareSet() restores the former set when a process was killed between the two renames", () =>
  withFolder(async (root) => {
    const { manifest } = await prepareSet(greys().source, { root });
    await Deno.rename(`${root}/greys/prepared`, `${root}/greys/prepared.former`);
    await assertRejects(() => prepareSet(greys([0]).source, { root, options: { first: 2 } }), UserError, "grey 0");
    assertEquals((await openStorySet("greys", root)).manifest, manifest);
  }));

Deno.test("prepareSet() reports progress up to all frames", () =>
  withFolder(async (root) => {
    const calls: [number, number][] = [];
    const onProgress = (done: number, total: number) => calls.push([done, total]);
    await prepareSet("clipart", { options: { stories: 50 }, root, onProgress });
    assertEquals(calls, [[250, 310], [310, 310]]);
  }));

Deno.test("splitCounts() gives 2000/250/250 by default and at least four held-out stories", () => {
  assertEquals(splitCounts(2000), { train: 2000, val: 250, test: 250 });
  assertEquals(splitCounts(12), { train: 12, val: 4, test: 4 });
});

Deno.test("prepareSet() and its task reject invalid names, options and limits", () =>
  withFolder(async (root) => {
    const refuses = async (work: () => Promise<unknown>, ...words: string[]) => {
      const { message } = await assertRejects(work, UserError);
      for (const word of words) assertStringIncludes(message, word);
    };
    await refuses(() => clipart(1, root), "--stories cannot be 1", "at least 2");
    await refuses(() => clipart(2.5, root), "whole number");
    await refuses(() => clipart(2, root, -1), "--seed cannot be -1");
    await refuses(() => prepareSet("clipart", { root, name: "../x" }), '"../x"');
    await refuses(() => prepare([], root), "Name the data set");
    await refuses(() => prepare(["popporo"], root), 'Unknown data set "popporo"', "clipart");
    await refuses(() => prepare(["clipart", "--story", "3"], root), "--stories");
    await refuses(() => prepare(["clipart", "--stories", "many"], root), "many");
    await refuses(() => prepare(["clipart", "--limit", "0"], root), "--limit");
    await refuses(() => prepare(["clipart", "again"], root), '"again"');
  }));

Deno.test("prepareSet() reports that the folder cannot be created", () =>
  withFolder(async (root) => {
    await Deno.writeTextFile(`${root}/clipart`, "a file in the way");
    await assertRejects(() => clipart(2, root), UserError, "Cannot write the data set");
  }));
