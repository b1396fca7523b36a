import { assert, assertAlmostEquals, assertEquals, assertGreater, assertNotEquals, assertThrows } from "@std/assert";
import { resolveConfig } from "../../src/base/config.ts";
import { UserError } from "../../src/base/errors.ts";
import {
  buildVocabulary,
  captionBatch,
  encode,
  evaluationBatches,
  fixedCaption,
  type StorySet,
  trainingBatch,
  type Vocabulary,
} from "../../src/data/mod.ts";
import { tinyStorySet } from "../fixtures/tiny_stories.ts";

const config = (...overrides: string[]) => resolveConfig("tiny", ["train.batch=5", "text.batch=6", ...overrides]);

async function tiny(): Promise<{ set: StorySet; vocabulary: Vocabulary }> {
  const set = await tinyStorySet();
  const captions = set.split("train").flatMap(({ frames }) => frames.flatMap((frame) => frame.captions));
  return { set, vocabulary: buildVocabulary(captions.map(({ text }) => text)) };
}

Deno.test("trainingBatch() gives the same batch for the same seed and step, in any order of calls", async () => {
  const { set, vocabulary } = await tiny();
  const late = trainingBatch(set, vocabulary, config(), 7);
  const early = trainingBatch(set, vocabulary, config(), 1);
  assertEquals(trainingBatch(set, vocabulary, config(), 7), late);
  assertEquals(trainingBatch(set, vocabulary, config(), 1), early);
  assertNotEquals(late.stories, early.stories);
  assertNotEquals(trainingBatch(set, vocabulary, config("seed=2"), 7).stories, late.stories);
});

Deno.test("trainingBatch() visits every story once in each pass, and none twice in a batch", async () => {
  const { set, vocabulary } = await tiny();
  const S = set.split("train").length; // 12, no multiple of 5
  const batches = Array.from({ length: 24 }, (_, step) => trainingBatch(set, vocabulary, config(), step).stories);
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
    const { tokens, stories } = trainingBatch(set, vocabulary, options, step);
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
  const batch = trainingBatch(set, vocabulary, config(), 3);
  const { B, T, L } = batch.shape;
  assertEquals([B, T, L], [5, 5, 25]);
  assertEquals(batch.images.length, B * T * 64 * 64 * 3);
  const story = set.split("train").find(({ id }) => id === batch.stories[1])!;
  const pixels = set.pixels(story, 2);
  const at = (1 * T + 2) * pixels.length;
  for (const i of [0, 1000, 12287]) assertAlmostEquals(batch.images[at + i]!, pixels[i]! / 127.5 - 1, 1e-6);
  batch.tokens.forEach((token, i) => assertEquals(batch.mask[i], token === 0 ? 0 : 1));
});

Deno.test("trainingBatch() refuses a batch larger than the set", async () => {
  const { set, vocabulary } = await tiny();
  assertThrows(
    () => trainingBatch(set, vocabulary, config("train.batch=13"), 0),
    UserError,
    "only 12 training stories",
  );
});

Deno.test("evaluationBatches() gives every story once in order, the last batch smaller", async () => {
  const { set, vocabulary } = await tiny();
  const batches = [...evaluationBatches(set, vocabulary, "train", 5, 20)];
  assertEquals(batches.map(({ shape }) => shape.B), [5, 5, 2]);
  assertEquals(batches.map(({ images }) => images.length / (5 * 64 * 64 * 3)), [5, 5, 2]);
  assertEquals(batches.flatMap(({ stories }) => stories), set.split("train").map(({ id }) => id));
  assertEquals([...evaluationBatches(set, vocabulary, "val", 3, 20, 2)].map(({ stories }) => stories.length), [2]);
});

Deno.test("evaluationBatches() always takes the same captions, of every level", async () => {
  const { set, vocabulary } = await tiny();
  const [first] = evaluationBatches(set, vocabulary, "test", 4, 20);
  assertEquals([...evaluationBatches(set, vocabulary, "test", 4, 20)], [first]);
  const stories = set.split("test");
  const levels = stories.flatMap((story) =>
    story.frames.map((frame, t) => frame.captions[fixedCaption(story, t)]!.level)
  );
  assertEquals(new Set(levels).size, 3);
  const caption = stories[2]!.frames[1]!.captions[fixedCaption(stories[2]!, 1)]!.text;
  const at = (2 * set.frames + 1) * 20;
  assertEquals(first!.tokens.slice(at, at + 20), encode(vocabulary, caption, 20).tokens);
});

Deno.test("captionBatch() pairs pictures with their own captions, no two of one story", async () => {
  const { set, vocabulary } = await tiny();
  for (let step = 0; step < 10; step++) {
    const batch = captionBatch(set, vocabulary, config("text.joined=0"), step);
    assertEquals(batch, captionBatch(set, vocabulary, config("text.joined=0"), step));
    const stories = batch.frames.map((name) => name.split("/")[0]!);
    assertEquals(new Set(stories).size, 6);
    batch.frames.forEach((name, row) => {
      const [id, t] = name.split("/");
      const story = set.split("train").find((candidate) => candidate.id === id)!;
      const { captions } = story.frames[Number(t)]!;
      assert(captions.some(({ text }) => text === batch.texts[row]));
      const tokens = batch.tokens.slice(row * 25, (row + 1) * 25);
      assert(captions.some(({ text }) => String(encode(vocabulary, text, 25).tokens) === String(tokens)));
      const pixel = set.pixels(story, Number(t))[500]! / 127.5 - 1;
      assertAlmostEquals(batch.images[row * 64 * 64 * 3 + 500]!, pixel, 1e-6);
    });
  }
  assertNotEquals(captionBatch(set, vocabulary, config(), 0).frames, captionBatch(set, vocabulary, config(), 1).frames);
  assertThrows(() => captionBatch(set, vocabulary, config("text.batch=13"), 0), UserError, "text.batch is 13");
});

Deno.test("captionBatch() joins two or three captions of a frame for a share of the pairs", async () => {
  const { set, vocabulary } = await tiny();
  const counts = Array.from({ length: 20 }, (_, step) => {
    const { texts, frames } = captionBatch(set, vocabulary, config("text.joined=0.5"), step);
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
  const batch = captionBatch(set, vocabulary, short, 3);
  assertEquals(batch, captionBatch(set, vocabulary, short, 3));
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
