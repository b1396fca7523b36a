import { assert, assertAlmostEquals, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { UserError } from "../../src/base/errors.ts";
import { readJson } from "../../src/base/files.ts";
import { countTargets } from "../../src/metrics/f1.ts";
import { objectMeasurements } from "../../src/evaluation/objects.ts";
import { evaluateRun } from "../../src/evaluation/evaluate.ts";
import { openWorkplace } from "../../src/runs/workplace.ts";
import { runningStatus, writeStatus } from "../../src/records/status.ts";
import type { ClassifierRecord } from "../../src/runs/object_scores.ts";
import { trainClassifierAnew } from "../../src/runs/train.ts";
import { tinyConfig } from "../train/tiny.ts";
import { withFolder } from "../runs/help.ts";
import { tinyRun } from "./tiny_run.ts";

Deno.test("objectMeasurements() returns percentages with intervals over stories", () => {
  const shape = { targets: ["mike", "dog"], frames: 1 };
  const [truth, seen] = [[1, 0, 1, 1, 1, 0, 0, 1], [1, 0, 1, 0, 1, 1, 0, 1]];
  const counts = { generated: countTargets(shape, seen, truth), real: countTargets(shape, truth, truth) };
  const protocol = { split: "test", remarks: [], stories: 4, frames: 1, paired: true, seed: 1, bootstrap: 200 };
  const [micro, macro, exact] = objectMeasurements(counts, protocol, "classifier:1a2b3c4d");
  assertEquals(micro!.name, "object-f1[classifier:1a2b3c4d].test");
  assertAlmostEquals(micro!.value, 100 * 8 / 10, 1e-9);
  assertAlmostEquals(macro!.value, 100 * (1 + 2 / 4) / 2, 1e-9);
  assertEquals([exact!.name, exact!.value, exact!.real], ["exact-frame-match[classifier:1a2b3c4d].test", 50, 100]);
  for (const { value, interval } of [micro!, macro!, exact!]) {
    assert(interval!.low < value && value < interval!.high && interval!.high <= 100);
  }
  const [again] = objectMeasurements(counts, { ...protocol, bootstrap: 0 }, "classifier:1a2b3c4d");
  assertEquals(again!.interval, undefined);
});

Deno.test("evaluateRun() scores objects by the classifier in the folder of the run", () =>
  withFolder(async (root) => {
    const { folder, data } = await tinyRun(root);
    const metrics = ["object-f1", "exact-frame-match", "cast", "place", "sky", "persistence"];
    const evaluate = (classifier?: string) => evaluateRun(folder, { data, metrics, bootstrap: 20, classifier });
    await assertRejects(() => evaluate(), UserError, "deno task classifier --data clipart");

    const config = tinyConfig("classifier.width=4", "classifier.batch=8", "classifier.steps=2");
    const place = await openWorkplace(config, { runs: `${root}/runs`, data });
    const { folder: trained } = await trainClassifierAnew(place);
    const { state, test } = readJson<ClassifierRecord>(`${trained}/classifier.json`);
    const found = await evaluate();
    const by = `[classifier:${state.slice(0, 8)}].test`;
    assertEquals(Object.keys(found), metrics.map((metric) => metric + by));
    const f1 = found[`object-f1${by}`]!;
    assertAlmostEquals(f1.real!, 100 * test!.micro, 1e-6);
    assertEquals([f1.stories, f1.frames, typeof f1.shuffled], [4, 20, "number"]);
    const ofClasses = [found[`place${by}`]!.real!, found[`sky${by}`]!.real!];
    assertEquals(ofClasses.map((value) => value / 100), [test!.classes.place!, test!.classes.sky!]);
    for (const metric of ["place", "sky", "cast"]) assertEquals(typeof found[metric + by]!.shuffled, "number");
    assertEquals(f1.networks[`classifier:${state.slice(0, 8)}`], state);

    const refused = await assertRejects(() => evaluate(folder), UserError);
    assertStringIncludes(refused.message, "is no classifier");
    writeStatus(trained, { ...runningStatus("classifier", 1, 2), state: "interrupted" });
    await assertRejects(() => evaluate(trained), UserError, "is interrupted");
  }));
