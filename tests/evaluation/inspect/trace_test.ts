import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { UserError } from "../../../src/base/errors.ts";
import { disposeTree } from "../../../src/engine/mod.ts";
import { findTrained, provideTrained } from "../../../src/runs/find.ts";
import { provideModel, trainedModel, walkStory } from "../../../src/evaluation/inspect/trace.ts";
import { placeRows, strengthRows, wordRows } from "../../../src/evaluation/inspect/trace_pictures.ts";
import { tinyRun } from "../tiny_run.ts";
import { withFolder } from "../../runs/help.ts";

Deno.test("a story's walk through a run's networks, and the run found again", async (t) => {
  await withFolder(async (root) => {
    const { folder, set, config, data } = await tinyRun(root, () => {}, "train.steps=3", "model.db.gSizes=[8,16]");
    const model = trainedModel(folder);
    const story = set.split("val")[1]!;
    const walk = await walkStory(model, set, story);
    disposeTree([model.state, model.encoder]);

    await t.step("every frame has its picture, words, maps and logits", () => {
      assertEquals(walk.drawn.map(({ length }) => length), Array(5).fill(64 * 64 * 3));
      assertEquals(walk.logits.conditional.length, 5);
      const up = walk.generator.find(({ block }) => block === "generator.up2")!;
      assertEquals([up.shape, up.maps!.length, up.maps![4]!.length], [[5, 16, 16, 4], 5, 256]);
      assert(up.maps!.flat().every((share) => share >= 0 && share <= 1));
    });
    await t.step("decisions are told by block; looks at words go with the words of the caption", () => {
      assertEquals(walk.decisions.map(({ block, size }) => [block, size]), [
        ["generator.db8", 8],
        ["generator.db16", 16],
        ["discriminator.db8", 8],
      ]);
      const [first] = walk.decisions;
      assertEquals(first!.words!.map((maps) => maps.length), walk.words.map((words) => words.length));
      const shares = first!.words![0]!.map((map) => map[17]!);
      assertAlmostEquals(shares.reduce((a, b) => a + b), 1, 1e-5);
      assertEquals(first!.pSelf!.length, 5);
    });
    await t.step("pictures of the walk have a row for each frame", () => {
      assertEquals(strengthRows(walk).map(({ looks }) => looks.length), Array(5).fill(13));
      assertEquals(wordRows(walk, walk.decisions[0]!)[2]!.looks.map(({ label }) => label), walk.words[2]);
      const [row] = placeRows(walk, walk.decisions[1]!, [{ x: 0, y: 0 }, { x: 0.99, y: 0.5 }]);
      assertEquals(row!.looks.map(({ label }) => label), ["from 0, 0", "from 15, 8"]);
      assertThrows(() => placeRows(walk, { block: "generator.db8", size: 8 }, []), UserError, "no self-attention");
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
