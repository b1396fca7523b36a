import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { UserError } from "../../../src/base/errors.ts";
import { disposeTree, tf } from "../../../src/engine/mod.ts";
import { findTrained, provideTrained } from "../../../src/runs/find.ts";
import { provideModel, strength, traceStory, trainedModel } from "../../../src/evaluation/inspect/trace.ts";
import { positionRows, strengthRows, wordRows } from "../../../src/evaluation/inspect/trace_pictures.ts";
import { tinyRun } from "../tiny_run.ts";
import { withFolder } from "../../runs/help.ts";

Deno.test("a story traced through a run's networks, and the run found again", async (t) => {
  await withFolder(async (root) => {
    const { folder, set, config, data } = await tinyRun(root, () => {}, "train.steps=3", "model.db.gSizes=[8,16]");
    const model = trainedModel(folder);
    const story = set.split("val")[1]!;
    const traced = await traceStory(model, set, story);
    disposeTree([model.state, model.encoder]);

    await t.step("every frame has its picture, words, maps and logits", () => {
      assertEquals(traced.generated.map(({ length }) => length), Array(5).fill(64 * 64 * 3));
      assertEquals(traced.logits.conditional.length, 5);
      const up = traced.generator.find(({ block }) => block === "generator.up2")!;
      assertEquals([up.shape, up.maps!.length, up.maps![4]!.length], [[5, 16, 16, 4], 5, 256]);
      assert(up.maps!.flat().every((share) => share >= 0 && share <= 1));
    });
    await t.step("selections are listed by block; attention to words has a map for each word of the caption", () => {
      assertEquals(traced.selections.map(({ block, size }) => [block, size]), [
        ["generator.db8", 8],
        ["generator.db16", 16],
        ["discriminator.db8", 8],
      ]);
      const [first] = traced.selections;
      assertEquals(first!.words!.map((maps) => maps.length), traced.words.map((words) => words.length));
      const shares = first!.words![0]!.map((map) => map[17]!);
      assertAlmostEquals(shares.reduce((a, b) => a + b), 1, 1e-5);
      assertEquals(first!.w!.length, 5);
      assert(first!.w!.every((w) => w > 0 && w < 1));
    });
    await t.step("pictures of the trace have a row for each frame", () => {
      assertEquals(strengthRows(traced).map(({ maps }) => maps.length), Array(5).fill(13));
      assertEquals(wordRows(traced, traced.selections[0]!)[2]!.maps.map(({ label }) => label), traced.words[2]);
      const [row] = positionRows(traced, traced.selections[1]!, [{ x: 0, y: 0 }, { x: 0.99, y: 0.5 }]);
      assertEquals(row!.maps.map(({ label }) => label), ["from 0, 0", "from 15, 8"]);
      assertThrows(() => positionRows(traced, { block: "generator.db8", size: 8 }, []), UserError, "no self-attention");
    });
    await t.step("a finished run is found by its configuration and data, and not by another one's", async () => {
      Deno.copyFileSync(`${folder}/checkpoints/best.safetensors`, `${folder}/checkpoints/last.safetensors`);
      const runs = `${root}/runs`;
      assertEquals(findTrained(runs, config, set.digest), folder);
      assertEquals(findTrained(runs, { ...config, seed: 2 }, set.digest), undefined);
      assertEquals(findTrained(runs, { ...config, train: { ...config.train, steps: 4 } }, set.digest), undefined);
      assertEquals(findTrained(runs, config, "other data"), undefined);
      assertEquals((await provideTrained(config, { runs, data })).folder, folder);
      const provided = await provideModel(config, { runs, data });
      assertEquals([provided.run, provided.model.step], [folder, 3]);
      disposeTree([provided.model.state, provided.model.encoder]);
    });
  });
});

Deno.test("strength() is the mean of |x| over the channels", () => {
  assertEquals([...strength(tf.tensor4d([1, -3, 0, 2], [1, 1, 2, 2])).dataSync()], [2, 1]);
});
