import { assert, assertEquals, assertNotEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { UserError } from "../../../../src/base/errors.ts";
import { writeStory } from "../../../../src/data/sets/clipart/story.ts";
import type { ClipartFrame } from "../../../../src/data/sets/clipart/scene.ts";
import { children, SCENE } from "../../../../src/data/sets/clipart/world/objects.ts";
import { FRAMES, IMAGES } from "../../../../src/data/store/manifest.ts";
import { fixedPictures, openStorySet, prepareSet, type StorySet } from "../../../../src/data/mod.ts";
import { tokenize } from "../../../../src/data/store/vocabulary.ts";
import { tinyStorySet } from "../../../fixtures/tiny_stories.ts";

const usual = await tinyStorySet(); // 12, 4 and 4 stories of five frames, seed 1

/** The same stories with other options. */
async function withSet(options: Record<string, unknown>, body: (set: StorySet) => void): Promise<void> {
  const root = await Deno.makeTempDir();
  try {
    await prepareSet("clipart", { options: { stories: 12, ...options }, root });
    body({ ...await openStorySet("clipart", root), root: undefined });
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

const framesOf = (set: StorySet) => set.split("train").map(({ frames }) => frames);
const withoutPictures = (frames: ReturnType<typeof framesOf>) =>
  frames.map((story) => story.map(({ id, captions, scene }) => ({ id, captions, scene })));

Deno.test("the default set has not changed: captions and scene graphs have a fixed digest", () => {
  assertEquals(
    usual.manifest.files[FRAMES]!.sha256,
    "244148f85dde6fc4a1702769b7d6c0b11d29436f81bf1bb6928feee76bbd4c82",
  );
  assertEquals(usual.manifest.options, { stories: 12, seed: 1 });
});

Deno.test("options at their default leave the set and its stated options unchanged", () =>
  withSet(
    { seed: 1, frames: "5", characters: 2, levels: "detail, statement,relation", labels: "none" },
    ({ manifest }) => {
      assertEquals(manifest.options, usual.manifest.options);
      assertEquals(manifest.files, usual.manifest.files);
    },
  ));

for (const frames of [1, 15]) {
  Deno.test(`--frames ${frames} gives the same stories in the frames that both have`, () =>
    withSet({ frames }, (set) => {
      assertEquals([set.frames, set.manifest.options.frames, set.manifest.pictures], [frames, frames, 20 * frames]);
      const shared = Math.min(frames, 5);
      const start = (of: StorySet) => withoutPictures(framesOf(of)).map((story) => story.slice(0, shared));
      assertEquals(start(set), start(usual));
      for (const story of framesOf(set)) {
        assertEquals(story.length, frames);
        for (const { captions } of story) assertEquals(captions.length, 6);
      }
      const [ours, theirs] = [set, usual].map((of) => fixedPictures(of, of.split("test")[3]!).slice(0, shared));
      assertEquals(ours, theirs);
    }));
}

Deno.test("--levels keeps only captions of these levels, and changes no picture", () =>
  withSet({ levels: "detail,statement" }, (set) => {
    assertEquals(set.manifest.options.levels, "statement,detail");
    assertEquals(set.manifest.files[IMAGES], usual.manifest.files[IMAGES]);
    const kept = withoutPictures(framesOf(usual)).map((story) =>
      story.map((frame) => ({ ...frame, captions: frame.captions.filter(({ level }) => level !== "relation") }))
    );
    assertEquals(withoutPictures(framesOf(set)), kept);
    assertEquals(set.split("test")[0]!.frames[0]!.captions.length, 4);
  }));

Deno.test("--labels characters states which children a frame shows, and changes nothing else", () =>
  withSet({ labels: "characters" }, (set) => {
    assertEquals(set.manifest.labels, ["mike", "jenny"]);
    assertEquals(withoutPictures(framesOf(set)), withoutPictures(framesOf(usual)));
    const seen = new Set<string>();
    for (const { labels, scene } of framesOf(set).flat()) {
      assertEquals(labels, ["mike", "jenny"].map((name) => Number(scene!.objects.some((one) => one.name === name))));
      seen.add(labels!.join());
    }
    assertEquals(seen.size, 3); // one, the other, both; never nobody
  }));

const castOf = ({ scene }: ClipartFrame) => scene.objects.filter(({ kind }) => kind === "boy" || kind === "girl");

Deno.test("--characters sets the number of children, each at a position of its own", () => {
  for (const characters of [1, 3, 5]) {
    const frames = Array.from({ length: 150 }, (_, i) => writeStory(4, "train", i, { characters })).flat();
    const names = new Set(frames.flatMap(castOf).map(({ name }) => name));
    assertEquals([...names].sort(), children.slice(0, characters).toSorted());
    assertEquals(Math.max(...frames.map((frame) => castOf(frame).length)), characters);
    for (const frame of frames) {
      const near = castOf(frame).filter(({ z }) => z === 0).map(({ x }) => x).sort((a, b) => a - b);
      for (let i = 1; i < near.length; i++) assert(near[i]! - near[i - 1]! >= 25, near.join());
      assert(near.every((x) => x > 0 && x < SCENE));
      for (const { text } of frame.captions) {
        assert(tokenize(text).length <= 25 && !text.includes("undefined"), text);
      }
    }
  }
});

Deno.test('pronouns of larger worlds are unambiguous: no "he" after a frame about two boys', () => {
  const boys = ["mike", "tom", "ben"];
  let plain = 0;
  for (let i = 0; i < 200; i++) {
    const frames = writeStory(4, "train", i, { characters: 5 });
    frames.slice(1).forEach((frame, t) => {
      const before = frames[t]!;
      const { verb, actor, target } = before.scene.event;
      const about = verb === "begin" ? castOf(before).map(({ name }) => name) : [actor, target];
      const starts = frame.captions.some(({ text }) => /^(He|Him)\b/.test(text));
      if (starts) plain++;
      if (about.filter((name) => boys.includes(name!)).length !== 1) assert(!starts, JSON.stringify(frame.captions));
    });
  }
  assert(plain > 50, `${plain} frames with "he"`);
});

Deno.test("long stories repeat an event only if no new one is possible, and have full length", () => {
  let again = 0;
  for (let i = 0; i < 100; i++) {
    const verbs = writeStory(4, "train", i, { frames: 15 }).map(({ scene }) => scene.event.verb);
    if (new Set(verbs).size < 15) again++;
  }
  assert(again < 3, `${again} stories tell something twice`);
  for (let i = 0; i < 100; i++) assertEquals(writeStory(4, "val", i, { frames: 15, characters: 1 }).length, 15);
});

Deno.test("options out of range are rejected with the expected range", async () => {
  const refuses = async (options: Record<string, unknown>, ...words: string[]) => {
    const { message } = await assertRejects(() => withSet(options, () => {}), UserError);
    for (const word of words) assertStringIncludes(message, word);
  };
  await refuses({ frames: 16 }, "--frames cannot be 16", "1 to 15");
  await refuses({ frames: 0 }, "--frames cannot be 0", "1 to 15");
  await refuses({ frames: 2.5 }, "--frames cannot be 2.5", "whole number");
  await refuses({ characters: 6 }, "--characters cannot be 6", "1 to 5");
  await refuses({ levels: "fine" }, "--levels cannot be fine", "statement,relation,detail");
  await refuses({ levels: "" }, "--levels cannot be", "statement,relation,detail");
  await refuses({ labels: "all" }, "--labels cannot be all", "characters");
});

Deno.test("other options give another set", () =>
  withSet({ characters: 3 }, (set) => {
    assertEquals(set.manifest.options, { stories: 12, seed: 1, characters: 3 });
    assertNotEquals(set.digest, usual.digest);
  }));
