import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import sharp from "sharp";
import { UserError } from "../../../../src/base/errors.ts";
import { fixedPictures, openStorySet, type PrepareOptions, prepareSet } from "../../../../src/data/mod.ts";
import { zip } from "../../../fixtures/zip.ts";
import { fuzz } from "../../../fixtures/fuzz.ts";
import { openArchive } from "../../../../src/data/files/archive.ts";
import { readStories } from "../../../../src/data/sets/folder/list.ts";

type Format = "png" | "jpeg" | "webp" | "gif" | "tiff";

/** A picture of one colour. */
async function picture(background: string, format: Format = "png", width = 20, height = 30): Promise<Uint8Array> {
  const made = sharp({ create: { width, height, channels: 3, background } });
  return new Uint8Array(await made.toFormat(format).toBuffer());
}

const frame = (image: string, text = "a ball", more: object = {}) => ({ image, captions: [text], ...more });
const story = (id: string, split: string | undefined, ...frames: object[]) => ({ id, ...(split && { split }), frames });

async function withFolder(
  lines: (object | string)[],
  body: (folder: string, make: (options?: PrepareOptions) => ReturnType<typeof prepareSet>) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${folder}/in/pictures`, { recursive: true });
    const text = lines.map((line) => typeof line === "string" ? line : JSON.stringify(line)).join("\n");
    await Deno.writeTextFile(`${folder}/in/stories.jsonl`, text);
    const colours: [string, string, Format?][] = [["red.png", "#f00"], ["green.jpg", "#0f0", "jpeg"]];
    colours.push(["blue.webp", "#00f", "webp"], ["grey.gif", "#888", "gif"], ["white.tiff", "#fff", "tiff"]);
    for (const [i, [name, colour, format]] of colours.entries()) {
      await Deno.writeFile(`${folder}/in/pictures/${name}`, await picture(colour, format, 10 + 60 * i, 90));
    }
    await body(folder, (options) => prepareSet("folder", { from: `${folder}/in`, root: `${folder}/data`, ...options }));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const few = [
  story("one", "train", frame("pictures/red.png"), frame("./pictures/green.jpg", "A kite.", { labels: ["Mike"] })),
  story("two", "train", frame("pictures/green.jpg", "A kite.", { labels: ["Mike"] }), frame("pictures/blue.webp")),
  story("three", "val", frame("pictures/../pictures/grey.gif", "grey"), {
    images: ["pictures/white.tiff", "pictures/red.png"],
    captions: [{ text: "first", level: "short" }, "second"],
    labels: ["Mike", "Jenny"],
    scene: { objects: [{ name: "sun", kind: "sky", x: 1, y: 2.5, z: 0, flip: false }], weather: "sunny" },
  }),
];

Deno.test("folder: pictures of any format and size, clips, labels by name, scenes; equal frames once", () =>
  withFolder(few, async (folder, make) => {
    const { manifest, warnings } = await make();
    assertEquals(manifest.stories, { train: 2, val: 1, test: 0 });
    assertEquals([manifest.differentFrames, manifest.pictures], [5, 6]);
    assertEquals(manifest.labels, ["Jenny", "Mike"]);
    assertEquals(manifest.scene, { width: 64, height: 64 });
    assertEquals(warnings, [
      'Stories of val with a picture that training has too: 1 of 1, e.g. "pictures/red.png"',
    ]);
    const set = await openStorySet("folder", `${folder}/data`);
    const [one, two] = set.split("train");
    const three = set.split("val")[0]!;
    assertEquals(two!.frames[0], one!.frames[1]);
    assertEquals(three.frames.map(({ labels }) => labels), [[0, 0], [1, 1]]);
    assertEquals(three.frames[1]!.captions, [{ text: "first", level: "short" }, { text: "second" }]);
    assertEquals(three.frames[1]!.scene!.objects[0]!.y, 2.5);
    const colour = (bytes: Uint8Array) => [...bytes.subarray(0, 3)];
    assertEquals(fixedPictures(set, three).map(colour), [[136, 136, 136], [255, 0, 0]]);
    const { first } = three.frames[1]!.pictures;
    assertEquals(set.pictures([first, first + 1]).map(colour), [[255, 255, 255], [255, 0, 0]]);
    // JPEG and lossy WebP keep a colour but for a level or two.
    for (const [channel, bytes] of [[1, fixedPictures(set, two!)[0]!], [2, fixedPictures(set, two!)[1]!]] as const) {
      colour(bytes).forEach((level, i) => assert(Math.abs(level - (i === channel ? 255 : 0)) <= 3, `${colour(bytes)}`));
    }
  }));

Deno.test("folder: a zip with a top folder gives the same set; an edited list gives another one", () =>
  withFolder(few, async (folder, make) => {
    const { manifest } = await make();
    assert(!(await make()).made);
    assert(!(await prepareSet("folder", { root: `${folder}/data` })).made);
    const list = await Deno.readTextFile(`${folder}/in/stories.jsonl`);
    const files: Record<string, Uint8Array | string> = {
      "mine/stories.jsonl": `\ufeff${list.replaceAll("\n", "\r\n")}\n\n`,
    };
    for await (const { name } of Deno.readDir(`${folder}/in/pictures`)) {
      files[`mine/pictures/${name}`] = await Deno.readFile(`${folder}/in/pictures/${name}`);
    }
    await Deno.writeFile(`${folder}/mine.zip`, zip(files));
    const zipped = await make({ from: `${folder}/mine.zip`, name: "mine" });
    assertEquals(zipped.manifest.files, manifest.files);
    await Deno.writeTextFile(`${folder}/in/stories.jsonl`, list.replace("a ball", "a red ball"));
    assert((await make()).made);
  }));

Deno.test("folder: stories without splits are divided at random, equally for equal seeds", async () => {
  const many = Array.from(
    { length: 40 },
    (_, i) => story(`s${i}`, undefined, frame("pictures/red.png", `number ${i}`)),
  );
  await withFolder(many, async (folder, make) => {
    const ids = async (options: Record<string, unknown>) => {
      await make({ options });
      const set = await openStorySet("folder", `${folder}/data`);
      return (["train", "val", "test"] as const).map((split) => set.split(split).map(({ id }) => id));
    };
    const first = await ids({ val: 0.2, test: 0.1 });
    assertEquals(first.map(({ length }) => length), [28, 8, 4]);
    assertEquals(new Set(first.flat()).size, 40);
    const other = await ids({ val: 0.2, test: 0.1, seed: 2 });
    assert(first[1]!.join() !== other[1]!.join());
    assertEquals(await ids({ val: 0.2, test: 0.1 }), first);
    await assertRejects(() => make({ options: { val: 0 } }), UserError, 'no story of split "val"');
    await assertRejects(() => make({ options: { val: 2 } }), UserError, "--val cannot be 2");
  });
});

/** Parts of the error message for each invalid line, which is the third of an otherwise valid list. */
const badLines: [object | string, ...string[]][] = [
  ['{"id": "x"', "it is not valid JSON"],
  ["[]", "expected object, not []"],
  [story("x", "train", { image: "pictures/red.png", captions: [3] }), "frames.0.captions.0: expected a sentence"],
  [
    story("one", "train", frame("pictures/red.png"), frame("pictures/red.png")),
    'the id "one" is already used in line 1',
  ],
  [story("x", "training", frame("pictures/red.png")), "split", '"train"|"val"|"test"', '"training"'],
  [{ ...story("x", "train", frame("pictures/red.png")), spilt: "train" }, 'unknown key "spilt"', '"split"'],
  [
    story("x", "train", { image: "pictures/red.png", caption: ["a"] }),
    "frames.0",
    'unknown key "caption"',
    '"captions"',
  ],
  [
    story("x", "train", { image: "pictures/red.png", captions: [] }),
    "frames.0.captions: expected at least one sentence",
  ],
  [story("x", "train", frame("pictures/red.png", "  ")), "frames.0.captions.0", "expected some text"],
  [story("x", "train", frame("pictures/red.png", "…!")), "frames.0.captions.0", "at least one word"],
  [story("x", "train", { image: "pictures/red.png", captions: [{ txet: "a" }] }), "frames.0.captions.0"],
  [story("x", "train", { captions: ["a"] }), "frames.0: expected either image or images"],
  [story("x", "train", frame("pictures/rde.png"), frame("pictures/red.png")), 'there is no picture "pictures/rde.png"'],
  [
    story("x", "train", frame("../secret.png"), frame("pictures/red.png")),
    'the path "../secret.png" leaves the folder',
  ],
  [story("x", "train", frame("/etc/passwd"), frame("pictures/red.png")), "leaves the folder"],
  [story("x", "train", frame("pictures\\red.png"), frame("pictures/red.png")), 'expected "/"'],
  [story("x", "train", frame("pictures/red.png")), 'story "x" has 1 frame, but the others have 2'],
  [
    story("x", undefined, frame("pictures/red.png"), frame("pictures/red.png")),
    "has no split, but the others have one",
  ],
  [story("x", "train"), "expected at least one frame"],
  [
    story("../../../escaped", "train", frame("pictures/red.png"), frame("pictures/red.png")),
    "id: expected an id that does not lead out of a folder",
    '"../../../escaped"',
  ],
  [{ id: "x", split: "train" }, "frames is missing"],
];

Deno.test("folder: an invalid line is reported with file and line, and can be skipped", () =>
  withFolder([], async (folder, make) => {
    const list = `${folder}/in/stories.jsonl`;
    for (const [bad, ...words] of badLines) {
      const lines = [few[0]!, few[1]!, bad, few[2]!].map((line) =>
        typeof line === "string" ? line : JSON.stringify(line)
      );
      await Deno.writeTextFile(list, lines.join("\n"));
      const { message } = await assertRejects(() => make(), UserError);
      for (const word of [`${list}:3: `, ...words, "--skip-bad"]) assertStringIncludes(message, word);
      const { manifest } = await make({ skipBad: true });
      assertEquals([manifest.dropped, manifest.stories.train], [1, 2], message);
    }
    await Deno.writeTextFile(list, "\n\n");
    await assertRejects(() => make({ skipBad: true }), UserError, "has no valid story");
    await Deno.writeTextFile(list, JSON.stringify(few[2]));
    await assertRejects(() => make(), UserError, 'no story of split "train"');
    await Deno.writeFile(list, new Uint8Array([0x7b, 0xff, 0x7d]));
    await assertRejects(() => make(), UserError, ":1: it is not UTF-8 text");
    await Deno.remove(list);
    await assertRejects(() => make(), UserError, 'has no "stories.jsonl"');
  }));

Deno.test("folder: a list that is one JSON array is read, and its entries are named by number", () =>
  withFolder(few, async (folder, make) => {
    const { manifest } = await make();
    const list = `${folder}/in/stories.jsonl`;
    const write = (stories: unknown[]) => Deno.writeTextFile(list, JSON.stringify(stories, null, 2));
    await write(few);
    const { manifest: ofArray, made } = await make();
    assertEquals([made, ofArray.files], [true, manifest.files]);
    await write([few[0], few[0], few[2]]);
    await assertRejects(() => make(), UserError, `${list}, entry 2: the id "one" is already used in entry 1`);
    await Deno.writeTextFile(list, `[\n${JSON.stringify(few[0])},\n]\n`);
    const { message } = await assertRejects(() => make(), UserError);
    for (const word of ["begins like a JSON array", "each story on a line"]) assertStringIncludes(message, word);
  }));

Deno.test("folder: an invalid line is named by one number, that of the file", () =>
  withFolder([few[0]!, '{"id": 1 "frames": []}', few[2]!], async (folder, make) => {
    const { message } = await assertRejects(() => make(), UserError);
    assertStringIncludes(message, `${folder}/in/stories.jsonl:2: it is not valid JSON (`);
    assertEquals(message.includes("line 1"), false, message);
    assertStringIncludes(message, "at column 10");
  }));

Deno.test("folder: a picture that cannot be read, or a link that leaves the folder, is named", () =>
  withFolder(few, async (folder, make) => {
    await Deno.writeFile(`${folder}/in/pictures/blue.webp`, new Uint8Array());
    await assertRejects(() => make(), UserError, '"pictures/blue.webp" in "');
    await Deno.remove(`${folder}/in/pictures/blue.webp`);
    await Deno.writeFile(`${folder}/secret.webp`, await picture("#123", "webp"));
    await Deno.symlink(`${folder}/secret.webp`, `${folder}/in/pictures/blue.webp`);
    await assertRejects(() => make(), UserError, "leaves the folder");
    const { manifest } = await make({ skipBad: true });
    assertEquals([manifest.stories, manifest.dropped], [{ train: 1, val: 1, test: 0 }, 1]);
  }));

Deno.test("folder: pictures behind links and under names of another system give the same set", () =>
  withFolder([], async (folder, make) => {
    const list = (picture: string) =>
      Deno.writeTextFile(
        `${folder}/in/stories.jsonl`,
        ["train", "val"].map((split) => JSON.stringify(story(split, split, frame(picture)))).join("\n"),
      );
    const digest = async () => (await make({ force: true })).manifest.files["images.u8"]!.sha256;
    await list("pictures/red.png");
    const expected = await digest();
    await Deno.symlink("pictures", `${folder}/in/Zoe\u0308`);
    for (const path of ["Zo\u00eb/red.png", "Pictures/red.PNG"]) {
      await list(path);
      assertEquals(await digest(), expected);
    }
    await Deno.mkdir(`${folder}/disk`);
    await Deno.symlink("../disk", `${folder}/in/disk`);
    assertStringIncludes((await make({ force: true })).warnings.join(), 'the folder "disk" is a link that leaves "');
    await list("disk/red.png");
    await assertRejects(
      () => make(),
      UserError,
      'there is no picture "disk/red.png": the folder "disk" is a link that',
    );
  }));

Deno.test("folder: a damaged list causes only user errors", () =>
  withFolder(few, async (folder) => {
    const files = await openArchive(`${folder}/in`);
    const list = await files.read("stories.jsonl");
    for (
      const bad of [{ drop() {} }, {
        drop: (message: string) => {
          throw new UserError(message);
        },
      }]
    ) {
      await fuzz("stories.jsonl", list, (bytes) => readStories({ ...files, read: () => Promise.resolve(bytes) }, bad));
    }
  }));
