import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { UserError } from "../../../src/base/errors.ts";
import { fixedPictures } from "../../../src/data/mod.ts";
import { alignment, nearestWords } from "../../../src/evaluation/inspect/alignment.ts";
import { openTextEvaluator } from "../../../src/evaluation/text_evaluator.ts";
import { tinyRun } from "../tiny_run.ts";
import { withFolder } from "../../runs/help.ts";

Deno.test("cosines of pictures and texts, and of words", () =>
  withFolder(async (root) => {
    const { folder, set, config } = await tinyRun(root);
    const evaluator = await openTextEvaluator(folder);
    const pictures = fixedPictures(set, set.split("val")[0]!);
    const texts = ["Mike runs.", "A dog sleeps.", "Mike runs."];
    const all = await alignment(evaluator, pictures, texts);
    evaluator.dispose();
    assertEquals(all.map((row) => row.length), Array(5).fill(3));
    for (const row of all) {
      assert(row.every((cosine) => Math.abs(cosine) <= 1.00001));
      assertAlmostEquals(row[0]!, row[2]!, 1e-6);
      assert(Math.abs(row[0]! - row[1]!) > 1e-6);
    }
    Deno.copyFileSync(`${folder}/checkpoints/text.safetensors`, `${folder}/checkpoints/best.safetensors`);
    const near = await nearestWords(config, folder, "mike", 3);
    assertEquals(near.length, 3);
    assert(near.every(({ word }) => word !== "mike") && near[0]!.cosine >= near[2]!.cosine);
    await assertRejects(() => nearestWords(config, folder, "zebra"), UserError, '"zebra" is in no training caption');
  }));
