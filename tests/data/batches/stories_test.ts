import { assert, assertAlmostEquals, assertEquals, assertGreater, assertNotEquals, assertThrows } from "@std/assert";
import { type Config, resolveConfig } from "../../../src/model/config.ts";
import { UserError } from "../../../src/base/errors.ts";
import {
  type Batch,
  buildVocabulary,
  captionBatch,
  encode,
  evaluationBatches,
  fixedCaptions,
  fixedPictures,
  type Split,
  type Story,
  type StorySet,
  trainingBatch,
  type Vocabulary,
} from "../../../src/data/mod.ts";
import { tinyStorySet } from "../../fixtures/tiny_stories.ts";

const config = (...overrides: string[]) => resolveConfig("tiny", ["train.batch=5", "text.batch=6", ...overrides]);

/** What the loaders of stories and of pairs are told of a configuration. */
const ofStories = (config: Config) => ({ ...config, size: config.train.batch });
const ofPairs = (config: Config) => ({ ...config, size: config.text.batch, joined: config.text.joined });

async function tiny(): Promise<{ set: StorySet; vocabulary: Vocabulary }> {
  const set = await tinyStorySet();
  const captions = set.split("train").flatMap(({ frames }) => frames.flatMap((frame) => frame.captions));
  return { set, vocabulary: buildVocabulary(captions.map(({ text }) => text)) };
}

Deno.test("trainingBatch() gives the same batch for the same seed and step, in any order of calls", async () => {
  const { set, vocabulary } = await tiny();
  const late = trainingBatch(set, vocabulary, ofStories(config()), 7);
  const early = trainingBatch(set, vocabulary, ofStories(config()), 1);
  assertEquals(trainingBatch(set, vocabulary, ofStories(config()), 7), late);
  assertEquals(trainingBatch(set, vocabulary, ofStories(config()), 1), early);
  assertNotEquals(late.stories, early.stories);
  assertNotEquals(trainingBatch(set, vocabulary, ofStories(config("seed=2")), 7).stories, late.stories);
});

Deno.test("trainingBatch() visits every story once in each pass, and none twice in a batch", async () => {
  const { set, vocabulary } = await tiny();
  const S = set.split("train").length; // 12, no multiple of 5
  const batches = Array.from(
    { length: 24 },
    (_, step) => trainingBatch(set, vocabulary, ofStories(config()), step).stories,
  );
  for (const stories of batches) assertEquals(new Set(stories).size, 5);
  const walk = batches.flat();
  const passes = Array.from({ length: walk.length / S }, (_, epoch) => walk.slice(epoch * S, (epoch + 1) * S));
  assertEquals(passes.length, 10);
  for (const pass of passes) assertEquals(new Set(pass).size, S);
  assertNotEquals(passes[0], passes[1]);
});

Deno.test("trainingBatch() draws captions of all levels as the steps go by", async () => {
  const { set, vocabulary } = await tiny();
  const options = config("train.batch=12");
  const story = set.split("train")[0]!;
  const seen = new Set<number>();
  for (let step = 0; step < 20; step++) {
    const { tokens, stories } = trainingBatch(set, vocabulary, ofStories(options), step);
    const at = stories.indexOf(story.id) * set.frames * options.data.words;
    const drawn = tokens.slice(at, at + options.data.words);
    const captions = story.frames[0]!.captions.map(({ text }) => encode(vocabulary, text, options.data.words).tokens);
    seen.add(captions.findIndex((caption) => String(caption) === String(drawn)));
  }
  assert(!seen.has(-1));
  assertGreater(seen.size, 3);
});

Deno.test("trainingBatch() holds the pictures in [-1, 1], the words and their mask", async () => {
  const { set, vocabulary } = await tiny();
  const batch = trainingBatch(set, vocabulary, ofStories(config()), 3);
  const { B, T, L } = batch.shape;
  assertEquals([B, T, L], [5, 5, 25]);
  assertEquals(batch.images.length, B * T * 64 * 64 * 3);
  const story = set.split("train").find(({ id }) => id === batch.stories[1])!;
  const pixels = fixedPictures(set, story)[2]!;
  const at = (1 * T + 2) * pixels.length;
  for (const i of [0, 1000, 12287]) assertAlmostEquals(batch.images[at + i]!, pixels[i]! / 127.5 - 1, 1e-6);
  batch.tokens.forEach((token, i) => assertEquals(batch.mask[i], token === 0 ? 0 : 1));
});

Deno.test("batches hold label vectors where data.labels asks for them, and only the number that the set has", async () => {
  const { set, vocabulary } = await tiny();
  assertEquals(trainingBatch(set, vocabulary, ofStories(config()), 3).labels.length, 0);
  assertThrows(() => trainingBatch(set, vocabulary, ofStories(config("data.labels=2")), 3), UserError, "data.labels=0");
  const labelled = {
    ...set,
    manifest: { ...set.manifest, labels: ["even", "odd"] },
    split: (split: Split) =>
      set.split(split).map((story) => ({
        ...story,
        frames: story.frames.map((frame, t) => ({ ...frame, labels: t % 2 === 0 ? [1, 0] : [0, 1] })),
      })),
  };
  const { labels } = trainingBatch(labelled, vocabulary, ofStories(config("data.labels=2")), 3);
  assertEquals([...labels], Array.from({ length: 5 }, () => [1, 0, 0, 1, 1, 0, 0, 1, 1, 0]).flat());
  assertThrows(
    () => trainingBatch(labelled, vocabulary, ofStories(config("data.labels=3")), 3),
    UserError,
    "data.labels=2",
  );
});

Deno.test("trainingBatch() refuses a batch larger than the set", async () => {
  const { set, vocabulary } = await tiny();
  assertThrows(
    () => trainingBatch(set, vocabulary, ofStories(config("train.batch=13")), 0),
    UserError,
    "only 12 training stories",
  );
});

Deno.test("evaluationBatches() gives every story once in order, the last batch smaller", async () => {
  const { set, vocabulary } = await tiny();
  const batches = [...evaluationBatches(set, vocabulary, config(), "train", 5)];
  assertEquals(batches.map(({ shape }) => shape.B), [5, 5, 2]);
  assertEquals(batches.map(({ images }) => images.length / (5 * 64 * 64 * 3)), [5, 5, 2]);
  assertEquals(batches.flatMap(({ stories }) => stories), set.split("train").map(({ id }) => id));
  assertEquals([...evaluationBatches(set, vocabulary, config(), "val", 3, 2)].map(({ stories }) => stories.length), [
    2,
  ]);
});

Deno.test("evaluationBatches() always takes the same captions, of every level", async () => {
  const { set, vocabulary } = await tiny();
  const [first] = evaluationBatches(set, vocabulary, config(), "test", 4);
  assertEquals([...evaluationBatches(set, vocabulary, config(), "test", 4)], [first]);
  const stories = set.split("test");
  const levels = stories.flatMap((story) =>
    fixedCaptions(story, config()).map((text, t) =>
      story.frames[t]!.captions.find((caption) => caption.text === text)!.level
    )
  );
  assertEquals(new Set(levels).size, 3);
  const caption = fixedCaptions(stories[2]!, config())[1]!;
  const at = (2 * set.frames + 1) * 25;
  assertEquals(first!.tokens.slice(at, at + 25), encode(vocabulary, caption, 25).tokens);
});

Deno.test("captionBatch() pairs pictures with their own captions, no two of one story", async () => {
  const { set, vocabulary } = await tiny();
  for (let step = 0; step < 10; step++) {
    const batch = captionBatch(set, vocabulary, ofPairs(config("text.joined=0")), step);
    assertEquals(batch, captionBatch(set, vocabulary, ofPairs(config("text.joined=0")), step));
    const stories = batch.frames.map((name) => name.split("/")[0]!);
    assertEquals(new Set(stories).size, 6);
    batch.frames.forEach((name, row) => {
      const [id, t] = name.split("/");
      const story = set.split("train").find((candidate) => candidate.id === id)!;
      const { captions } = story.frames[Number(t)]!;
      assert(captions.some(({ text }) => text === batch.texts[row]));
      const tokens = batch.tokens.slice(row * 25, (row + 1) * 25);
      assert(captions.some(({ text }) => String(encode(vocabulary, text, 25).tokens) === String(tokens)));
      const pixel = fixedPictures(set, story)[Number(t)]![500]! / 127.5 - 1;
      assertAlmostEquals(batch.images[row * 64 * 64 * 3 + 500]!, pixel, 1e-6);
    });
  }
  assertNotEquals(
    captionBatch(set, vocabulary, ofPairs(config()), 0).frames,
    captionBatch(set, vocabulary, ofPairs(config()), 1).frames,
  );
  assertThrows(() => captionBatch(set, vocabulary, ofPairs(config("text.batch=13")), 0), UserError, "text.batch is 13");
});

/** The tiny set with a clip of three pictures for every frame: its own, and those of the two after it. */
async function clips(): Promise<{ set: StorySet; vocabulary: Vocabulary }> {
  const { set, vocabulary } = await tiny();
  const withClips = (story: Story): Story => ({
    ...story,
    frames: story.frames.map((frame) => ({ ...frame, pictures: { ...frame.pictures, count: 3 } })),
  });
  return { set: { ...set, split: (split) => set.split(split).map(withClips) }, vocabulary };
}

Deno.test("trainingBatch() draws a picture of a clip anew each time, by seed and step; evaluation takes the middle one", async () => {
  const { set, vocabulary } = await clips();
  const options = config("train.batch=12");
  const story = set.split("train")[3]!;
  const { first } = story.frames[3]!.pictures; // of three pictures that differ
  const pictures = set.pictures([first, first + 1, first + 2]).map(String);
  assertEquals(new Set(pictures).size, 3);
  const drawn = (batch: Batch) => {
    const at = (batch.stories.indexOf(story.id) * 5 + 3) * 64 * 64 * 3;
    const bytes = batch.images.subarray(at, at + 64 * 64 * 3).map((x) => Math.round((x + 1) * 127.5));
    return pictures.indexOf(String(bytes));
  };
  const seen = new Set<number>();
  for (let step = 0; step < 20; step++) {
    const picture = drawn(trainingBatch(set, vocabulary, ofStories(options), step));
    assertEquals(drawn(trainingBatch(set, vocabulary, ofStories(options), step)), picture);
    seen.add(picture);
  }
  assertEquals(seen, new Set([0, 1, 2]));
  const [batch] = evaluationBatches(set, vocabulary, options, "train", 12);
  assertEquals(drawn(batch!), 1);
});

Deno.test("data.captions takes a frame's first sentence, or all of them one after another", async () => {
  const { set, vocabulary } = await tiny();
  const story = set.split("val")[0]!;
  const sentences = story.frames[1]!.captions.map(({ text }) => text);
  assertEquals(fixedCaptions(story, config("data.captions=first"))[1], sentences[0]);
  assertEquals(fixedCaptions(story, config("data.captions=joined"))[1], sentences.join(" "));
  const [batch] = evaluationBatches(set, vocabulary, config("data.captions=joined"), "val", 4);
  assertEquals(batch!.tokens.slice(25, 50), encode(vocabulary, sentences.join(" "), 25).tokens);
});

Deno.test("captionBatch() joins two or three captions of a frame for a share of the pairs", async () => {
  const { set, vocabulary } = await tiny();
  const counts = Array.from({ length: 20 }, (_, step) => {
    const { texts, frames } = captionBatch(set, vocabulary, ofPairs(config("text.joined=0.5")), step);
    return texts.map((text, row) => {
      const [id, t] = frames[row]!.split("/");
      const story = set.split("train").find((story) => story.id === id)!;
      const sentences = text.match(/[^.]+\./g)!.map((sentence) => sentence.trim());
      const own = story.frames[Number(t)]!.captions.map(({ text }) => text);
      assert(sentences.every((sentence) => own.includes(sentence)), text);
      assertEquals(new Set(sentences).size, sentences.length);
      return sentences.length;
    });
  }).flat();
  const share = (n: number) => counts.filter((count) => count === n).length / counts.length;
  assertAlmostEquals(share(1), 0.5, 0.15);
  assertAlmostEquals(share(2), 0.25, 0.15);
  assertAlmostEquals(share(3), 0.25, 0.15);
});

Deno.test("captionBatch() keeps some words of captions that are too long, others at other steps", async () => {
  const { set, vocabulary } = await tiny();
  const short = config("text.joined=1", "data.words=6");
  const batch = captionBatch(set, vocabulary, ofPairs(short), 3);
  assertEquals(batch, captionBatch(set, vocabulary, ofPairs(short), 3));
  const heads = batch.texts.map((text) => [...encode(vocabulary, text, 6).tokens]);
  const kept = batch.texts.map((_, row) => [...batch.tokens.subarray(row * 6, (row + 1) * 6)]);
  assertNotEquals(kept, heads);
  batch.texts.forEach((text, row) => {
    const all = [...encode(vocabulary, text, 60).tokens];
    let at = 0;
    for (const token of kept[row]!) at = all.indexOf(token, at) + 1;
    assert(kept[row]!.every((token) => all.includes(token)) && at > 0);
  });
});
