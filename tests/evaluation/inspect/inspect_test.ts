import { assert, assertAlmostEquals, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { UserError } from "../../../src/base/errors.ts";
import { sha256 } from "../../../src/base/files.ts";
import { resolveConfig } from "../../../src/model/config.ts";
import { fixedCaptions, fixedPictures } from "../../../src/data/batches/stories.ts";
import type { Story } from "../../../src/data/store/stories.ts";
import { tf } from "../../../src/engine/mod.ts";
import { evaluateRun } from "../../../src/evaluation/evaluate.ts";
import { type Inspection, isInspected, readInspection, readStrip } from "../../../src/records/inspection.ts";
import { inRandomOrder, type InspectOptions, inspectRun } from "../../../src/evaluation/inspect/inspect.ts";
import { inspectSelectors, levelStatistics } from "../../../src/evaluation/inspect/selectors.ts";
import { decodeStrip } from "../../../src/evaluation/inspect/strips.ts";
import { inspectWords, shareOfMap } from "../../../src/evaluation/inspect/word_attention.ts";
import { withFolder } from "../../runs/help.ts";
import { tinyRun } from "../tiny_run.ts";

const ids = ({ stories: { stories } }: Inspection) => stories.map(({ id }) => id);

/** The bytes of an inspection's files, as digests. */
const digestsIn = (folder: string) =>
  Object.fromEntries(
    [...Deno.readDirSync(folder)].map(({ name }) => [name, sha256(Deno.readFileSync(`${folder}/${name}`))]).sort(),
  );

Deno.test("inspectRun() keeps a run's stories, selections, word attention and failures", (t) =>
  withFolder(async (root) => {
    // Initial word projections hardly differ; larger ones give the blocks different logits to select by.
    const { folder, data, set, config } = await tinyRun(root, (stored) => {
      for (const [name, { data }] of Object.entries(stored)) {
        if (name.endsWith(".words")) (data as Float32Array).set((data as Float32Array).map((value) => 100 * value));
      }
    });
    assert(!isInspected(folder));
    assertThrows(() => readInspection(folder), UserError, "deno task inspect 0002-tiny");
    const inspect = (options: InspectOptions = {}) => inspectRun(folder, { data, stories: 2, measured: 3, ...options });
    await inspect();
    const tensors = tf.memory().numTensors;
    const before = digestsIn(`${folder}/inspection`);
    const found = await inspect();

    await t.step("the same bytes a second time, with nothing left in memory", () => {
      assertEquals(digestsIn(`${folder}/inspection`), before);
      assertEquals(tf.memory().numTensors, tensors);
    });

    await t.step("strips are the real frames, and the generated ones of an evaluation", async () => {
      const test = set.split("test");
      await evaluateRun(folder, { data, networks: [], metrics: ["cosine"], bootstrap: 0, export: `${root}/out` });
      for (const { id, captions } of found.stories.stories) {
        const story = test.find((story) => story.id === id)!;
        assertEquals(captions, fixedCaptions(story, config));
        assertEquals(await decodeStrip(readStrip(found, id, "real")), fixedPictures(set, story));
        const drawn = await decodeStrip(readStrip(found, id, "drawn"));
        for (const [t, frame] of drawn.entries()) {
          const judged = await decodeStrip(Deno.readFileSync(`${root}/out/drawn/${id}/${t}.png`));
          assertEquals(judged, [frame]);
        }
      }
      const metrics = JSON.parse(Deno.readTextFileSync(`${folder}/metrics.json`));
      const [cosine] = Object.values(metrics) as { value: number; checkpoint: unknown }[];
      const { of } = found.failures;
      assertEquals(of.checkpoint, cosine!.checkpoint as typeof of.checkpoint);
      assertEquals(found.failures.score.metric, "cosine");
      assertAlmostEquals(found.failures.mean, cosine!.value, 1e-4); // of all stories
    });

    await t.step("w of each block by level, over the frames of the same stories", () => {
      const { levels, blocks, fixed, stories } = found.selectors;
      assertEquals([levels, fixed, stories.length], [["statement", "relation", "detail"], [], 3]);
      assertEquals(blocks.map(({ block, pictures }) => `${block} ${pictures}`), ["g8 drawn", "d8 drawn", "d8 real"]);
      for (const { levels: of } of blocks) {
        for (const { mean, n, chosen, perStory, interval } of Object.values(of)) {
          assert(mean > 0 && mean < 1 && chosen >= 0 && chosen <= 1);
          assertEquals([n, perStory.length], [3 * set.frames, 3]);
          assertAlmostEquals(perStory.reduce((a, b) => a + b, 0) / 3, mean, 2e-5);
          assert(interval!.low <= mean && mean <= interval!.high);
        }
      }
      assert(new Set(Object.values(blocks[0]!.levels).map(({ mean }) => mean)).size > 1);
    });

    await t.step("the attention weights of a position over the words of the caption sum to 1", () => {
      const { looks } = found.attention;
      assertEquals(
        looks.map(({ block, story, frame }) => [block, story, frame]),
        [0, 1, 2, 3].map((i) => [
          "g8",
          ids(found)[i % 2],
          i,
        ]),
      );
      for (const { words, maps, low, high, size } of looks) {
        assertEquals(maps.length, words.length);
        const sums = new Array(size * size).fill(0);
        for (const map of maps) shareOfMap(map).forEach((share, q) => sums[q] += low + share * (high - low));
        for (const sum of sums) assertAlmostEquals(sum, 1, 0.01);
      }
    });

    await t.step("the worst stories come first", () => {
      const scores = found.failures.failures.map(({ score }) => score);
      assertEquals(scores, scores.toSorted((a, b) => a - b));
      assert(scores[0]! <= found.failures.mean);
    });

    await t.step("a file that was changed or is gone is named", () => {
      const path = `${folder}/inspection/${ids(found)[0]}.drawn.png`;
      Deno.writeTextFileSync(path, "other");
      assertThrows(() => readInspection(folder), UserError, "does not have the digest that stories.json records");
      Deno.removeSync(path);
      assertThrows(() => readInspection(folder), UserError, "there is no such file");
    });

    await t.step("a run without its checkpoint keeps the inspection that it has", async () => {
      Deno.removeSync(`${folder}/checkpoints/best.safetensors`);
      const kept = digestsIn(`${folder}/inspection`);
      await assertRejects(() => inspect(), UserError, "no checkpoint");
      assertEquals(digestsIn(`${folder}/inspection`), kept);
    });
  }));

Deno.test("inspectRun() records which attention a block without a selector has", () =>
  withFolder(async (root) => {
    const { folder, data } = await tinyRun(
      root,
      () => {},
      "model.db.g=wsa",
      "model.db.d=none",
      "model.db.words=story",
    );
    const { selectors, attention: { looks } } = await inspectRun(folder, {
      data,
      stories: 1,
      measured: 2,
      failures: 1,
    });
    assertEquals(selectors.blocks, []);
    assertEquals(selectors.fixed, [{ block: "g8", network: "generator", size: 8, mode: "wsa" }]);
    assertEquals(looks.length, 4);
    assert(looks.every(({ probability, low, high }) => probability === undefined && low >= 0 && high <= 1));
  }));

Deno.test("a run without dynamic blocks has empty lists, and needs no network for them", async () => {
  const story = { id: "test-00000", split: "test", index: 0, frames: [] } as Story;
  const nothing = { stories: [story], blocks: [], inspector: undefined };
  const { blocks, fixed, levels } = await inspectSelectors({ ...nothing, seed: 1 });
  assertEquals([blocks, fixed, levels], [[], [], ["caption"]]);
  assertEquals(await inspectWords({ ...nothing, config: resolveConfig("tiny") }), []);
});

Deno.test("levelStatistics() is of σ(u), by frame and by story", () => {
  const { mean, sd, n, chosen, perStory, interval } = levelStatistics(Float32Array.of(0, 0, Math.log(3), -9e9), 2, 1);
  assertEquals([mean, n, chosen, perStory], [0.4375, 4, 0.25, [0.5, 0.375]]);
  assertEquals(sd, 0.31458); // of 0.5, 0.5, 0.75, 0
  assertEquals(interval, { low: 0.375, high: 0.5 });
});

Deno.test("inRandomOrder() takes the same stories first for every run", () => {
  const stories = Array.from({ length: 9 }, (_, index) => ({ id: `${index}` }) as Story);
  const [first, second] = [inRandomOrder(stories), inRandomOrder(stories)];
  assertEquals(first, second);
  assertEquals(new Set(first).size, 9);
});
