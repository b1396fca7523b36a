import { assert, assertEquals, assertRejects } from "@std/assert";
import { UserError } from "../../../../src/base/errors.ts";
import { type Archive, openArchive } from "../../../../src/data/files/archive.ts";
import { openStorySet, prepareSet, splits } from "../../../../src/data/mod.ts";
import { source } from "../../../../src/data/sets/pororo/mod.ts";
import type { Source } from "../../../../src/data/sets/source.ts";
import { zip } from "../../../fixtures/zip.ts";
import { fuzz } from "../../../fixtures/fuzz.ts";
import { writers } from "../../../formats/python/fixtures.ts";
import { archiveOf, colourOf, csvAndStrips, pororoFiles, squaresOf, writeFiles } from "./fixture.ts";

type Files = Record<string, Uint8Array>;

function refuse(message: string): never {
  throw new UserError(message);
}

function openFrom(archive: Archive, options = {}, drop: (message: string) => void = refuse): Promise<Source> {
  return source.open(source.options.parse(options), { drop }, archive);
}

const open = (files: Files, options = {}) => openFrom(archiveOf(files), options);

/** Opens with bad input skipped: the source, and what was dropped. */
async function openSkipping(files: Files, options = {}): Promise<{ set: Source; dropped: string[] }> {
  const dropped: string[] = [];
  return { set: await openFrom(archiveOf(files), options, (message) => void dropped.push(message)), dropped };
}

/** What a source holds, without its functions. */
function data({ frames, stories, length, labels, warnings }: Source): unknown {
  return { frames: frames.map(({ pictures: _, ...frame }) => frame), stories, length, labels, warnings };
}

/** "ep2/1" for each story of a split. */
const idsOf = ({ stories }: Source, ...of: string[]) =>
  stories.filter(({ split }) => of.includes(split)).map(({ id }) => id.replace(/^.*_ep/, "ep"));

const episodesOf = (set: Source, split: string) =>
  new Set(set.stories.filter((story) => story.split === split).map(({ id }) => id.slice(0, id.lastIndexOf("/"))));

function without(files: Files, ...names: string[]): Files {
  return Object.fromEntries(Object.entries(files).filter(([path]) => !names.includes(path)));
}

const text = (content: string) => new TextEncoder().encode(content);
const ep = (name: string) => `Pororo_ENGLISH1_1/Pororo_ENGLISH1_1_${name}`;

Deno.test("Pororo-SV has the same stories whoever wrote its side files", async () => {
  const [first, ...others] = await Promise.all(
    writers.map(async (writer) => data(await open(await pororoFiles(writer)))),
  );
  for (const other of others) assertEquals(other, first);
});

Deno.test("Pororo-SV as published: the id file's stories in its order, a tenth of training for validation", async () => {
  const set = await open(await pororoFiles(), { split: "published" });
  assertEquals(idsOf(set, "test"), ["ep1/3", "ep10/2", "ep1/5", "ep1/8", "ep2/3"]);
  const training = "ep2/1 ep1/11 ep1/7 ep1/1 ep10/1 ep1/4 ep1/6 ep1/2 ep3/1 ep1/9 ep1/10 ep2/2 ep2/4".split(" ");
  assertEquals(idsOf(set, "train", "val"), training);
  assertEquals(idsOf(set, "val").length, 1);
  assertEquals(idsOf(await open(await pororoFiles(), { holdout: "0.3" }), "val").length, 4);
  assertEquals(set.warnings?.map((warning) => warning.slice(0, 60)), [
    "The published split has no validation stories, and checkpoin",
    "4 of the 5 frames of the val stories (80 %) occur in trainin",
    "19 of the 20 frames of the test stories (95 %) occur in trai",
  ]);
});

Deno.test("Pororo-SV seen and unseen: three lists, and a warning for the seen ones only", async () => {
  const set = await open(await pororoFiles(), { split: "seen-unseen" });
  assertEquals(idsOf(set, "val"), ["ep1/10", "ep1/3", "ep1/6", "ep10/1"]);
  assertEquals(idsOf(set, "test"), ["ep2/1", "ep2/2", "ep2/3", "ep2/4", "ep3/1"]);
  assertEquals(set.warnings?.length, 1);
  assert(set.warnings![0]!.startsWith("16 of the 17 frames of the val stories (94 %)"));
});

Deno.test("Pororo-SV shares the frames of overlapping stories, with captions and labels", async () => {
  const set = await open(await pororoFiles("python2"));
  assertEquals(set.length, 5);
  assertEquals(new Set(set.frames.map(({ id }) => id)).size, set.frames.length);
  for (const { id, frames } of set.stories) {
    const start = Number(id.slice(id.lastIndexOf("/") + 1));
    const episode = id.slice(0, id.lastIndexOf("/"));
    assertEquals(frames.map((frame) => set.frames[frame]!.id), [0, 1, 2, 3, 4].map((i) => `${episode}/${start + i}`));
  }
  const frame = set.frames.find(({ id }) => id === `${ep("ep1")}/4`)!;
  assertEquals(frame.captions.map(({ text }) => text), [
    "Poby finds a yellow egg under the trees.",
    "Petty says \u201chello\u201d, and waves.",
  ]);
  assertEquals(frame.labels, [0, 0, 0, 0, 1, 1, 0, 0, 0]);
  assertEquals(set.labels?.slice(3, 6), ["Eddy", "Poby", "Petty"]);
  assertEquals((await frame.pictures()).length, 5);
});

Deno.test("Pororo-SV keeps as many pictures of a clip as --pictures says", async () => {
  const set = await open(await pororoFiles(), { pictures: "2" });
  const counts = await Promise.all(set.frames.map(async ({ pictures }) => (await pictures()).length));
  assertEquals([Math.min(...counts), Math.max(...counts)], [1, 2]);
});

Deno.test("Pororo-SV counts stories from the strips where the caches are missing, as the published loaders did", async () => {
  const files = await pororoFiles();
  for (const split of ["published", "seen-unseen"]) {
    const cached = await open(files, { split });
    const counted = await open(without(files, "img_cache4.npy", "following_cache4.npy"), { split });
    assertEquals(counted.stories, cached.stories);
    assert(counted.warnings![0]!.startsWith("There is no img_cache4.npy"));
  }
});

Deno.test("Pororo-SV of strips and descriptions.csv alone: whole episodes to each split, from folder and zip", async () => {
  const files = await csvAndStrips();
  const set = await open(files);
  assertEquals([set.stories.length, set.labels, set.warnings], [18, undefined, []]);
  const parts = splits.map((split) => episodesOf(set, split));
  assertEquals(parts.map(({ size }) => size), [2, 1, 1]);
  assertEquals(new Set(parts.flatMap((part) => [...part])).size, 4);
  assertEquals(data(await open(files)), data(set));
  const seeds = await Promise.all([2, 3, 4].map((seed) => open(files, { seed })));
  assert(seeds.some((other) => [...episodesOf(other, "test")][0] !== [...parts[2]!][0]));

  const folder = await Deno.makeTempDir();
  try {
    await writeFiles(folder, Object.fromEntries(Object.entries(files).map(([path, bytes]) => [`top/${path}`, bytes])));
    // Side files may lie a folder above the strips.
    const apart = Object.entries(files).map(([path, bytes]) => [path.endsWith("csv") ? path : `png/${path}`, bytes]);
    await Deno.writeFile(`${folder}/set.zip`, zip(Object.fromEntries(apart)));
    for (const where of [`${folder}/set.zip`, `${folder}/top`]) {
      const archive = await openArchive(where);
      const opened = await openFrom(archive);
      assertEquals(data(opened), data(set));
      assertEquals(await opened.frames[2]!.pictures(), await set.frames[2]!.pictures());
      archive.close();
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("Pororo-SV names files that it does not use", async () => {
  const set = await open({ ...await csvAndStrips(), "subtitles_vec.npy": text("not read") });
  assertEquals(set.findings?.().map((line) => line.slice(0, 28)), ["Not used: subtitles_vec.npy;"]);
});

Deno.test("Pororo-SV names missing and wrong files", async () => {
  const files = await csvAndStrips();
  const all = await pororoFiles();
  const cases: [Files, Record<string, string>, string][] = [
    [{ "a.txt": text("") }, {}, "has no strips of Pororo-SV"],
    [
      without(files, "descriptions.csv"),
      {},
      "has strips but no captions",
    ],
    [files, { split: "published" }, "is read from train_test_ids.npy, which"],
    [without(all, "following_cache4.npy"), {}, "has img_cache4.npy but no following_cache4.npy"],
    [{ ...all, "labels.npy": text("cos\nsystem\n.") }, {}, `"labels.npy" in "set" is damaged or not what it should be`],
    [{ ...all, "labels.npy": all["img_cache4.npy"]! }, {}, "is not a dictionary"],
    [{ ...all, "img_cache4.npy": all["train_test_ids.npy"]! }, {}, "has 2 stories and"],
    [
      { ...all, "train_test_ids.npy": all["train_seen_unseen_ids.npy"]! },
      {},
      "has 3 lists, expected 2: train, test",
    ],
  ];
  for (const [set, options, message] of cases) await assertRejects(() => open(set, options), UserError, message);
});

Deno.test("Pororo-SV skips incomplete clips and the stories with them", async () => {
  const files = await pororoFiles();
  const strip = await openSkipping(without(files, `${ep("ep10")}/6.png`), { split: "episodes" });
  assertEquals(strip.dropped, [`"set" has no strip "${ep("ep10")}/6.png".`]);
  assertEquals(idsOf(strip.set, ...splits).filter((id) => id.startsWith("ep10")), ["ep10/1"]);
  await assertRejects(
    () => open(without(files, `${ep("ep10")}/6.png`), { split: "episodes" }),
    UserError,
    "ep10/6.png",
  );

  const csv = new TextDecoder().decode(files["descriptions.csv"]).replace(/^.*_ep1,15,.*\n/gm, "");
  const caption = await openSkipping({ ...await csvAndStrips(), "descriptions.csv": text(csv) });
  assertEquals(caption.dropped, [
    `"descriptions.csv" in "set" has no caption for "${ep("ep1")}/15".`,
  ]);
  assertEquals([caption.set.stories.length, caption.set.lost], [17, 1]);
});

Deno.test("Pororo-SV skips ids that are out of range, occur twice or are in another list", async () => {
  const files = await pororoFiles();
  const ids = (train: string, test: string): Files => ({
    ...files,
    "train_test_ids.npy": text(`((l${train}(l${test}t.`),
  });
  const list = (...numbers: number[]) => numbers.map((number) => `I${number}\na`).join("");
  const { set, dropped } = await openSkipping(ids(list(0, 1, 2, 18, 2), list(3, 0, -1)));
  assertEquals([idsOf(set, "train", "val"), idsOf(set, "test")], [["ep1/1", "ep1/10", "ep1/11"], ["ep1/2"]]);
  assertEquals(dropped.map((message) => message.replace('"train_test_ids.npy" in "set", ', "")), [
    "list 0 (train), entry 3: 18 is not the index of a story, expected 0 to 17.",
    "list 0 (train), entry 4: story 2 is already in the list train.",
    "list 1 (test), entry 1: story 0 is already in the list train.",
    "list 1 (test), entry 2: -1 is not the index of a story, expected 0 to 17.",
  ]);
  await assertRejects(() => open(ids(list(0, 1), list(99))), UserError, "entry 0: 99 is not the index of a story");
  await assertRejects(() => openSkipping(ids(list(0, 1), list(99))), UserError, 'no usable story for the split "test"');
});

Deno.test("Pororo-SV stops at the count that frames_counter.npy gives", async () => {
  const files = await csvAndStrips();
  const counter = (count: string) => text(`(dS'x/${ep("ep1")}/'\n${count}s.`);
  const set = await open({ ...files, "frames_counter.npy": counter("I5\n") });
  assertEquals(idsOf(set, ...splits).filter((id) => id.startsWith("ep1/")), ["ep1/1"]);
  await assertRejects(
    () => open({ ...files, "frames_counter.npy": counter("I99999\n") }),
    UserError,
    "gives 99999 as the number of clips",
  );
});

Deno.test("Pororo-SV throws only user errors on damaged files", async () => {
  const files = await pororoFiles("python2");
  const names = Object.keys(files).filter((path) => /\.(npy|csv)$/.test(path));
  assertEquals(names.length, 8);
  for (const name of names) {
    const split = name === "train_seen_unseen_ids.npy" ? "seen-unseen" : "published";
    const others = name === "descriptions.csv" ? without(files, "descriptions.npy") : files;
    await fuzz(`set ${name}`, files[name]!, (damaged) => openSkipping({ ...others, [name]: damaged }, { split }), 100);
  }
});

Deno.test("Pororo-SV is prepared from a folder: bad strips named or left out, clips with all their pictures", async () => {
  const root = await Deno.makeTempDir();
  try {
    const files = await pororoFiles("python2");
    const broken = { ...files, [`${ep("ep1")}/15.png`]: new Uint8Array() };
    await writeFiles(`${root}/download`, broken);
    const options = { root, from: `${root}/download`, options: { split: "episodes" } };
    await assertRejects(
      () => prepareSet("pororo", options),
      UserError,
      `ep1/15.png" in "${root}/download": it is empty`,
    );
    const { manifest } = await prepareSet("pororo", { ...options, skipBad: true });
    assertEquals([manifest.dropped, manifest.stories.train + manifest.stories.val + manifest.stories.test], [1, 17]);
    const set = await openStorySet("pororo", root);
    const frames = splits.flatMap((split) => set.split(split)).flatMap(({ frames }) => frames);
    const frame = frames.find(({ id }) => id === `${ep("ep1")}/7`)!;
    assertEquals([frame.pictures.count, frame.labels?.length, manifest.labels?.length], [squaresOf(7), 9, 9]);
    const [picture] = set.pictures([frame.pictures.first + 1]);
    assertEquals([...picture!.subarray(0, 3)], colourOf(7, 1));
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});
