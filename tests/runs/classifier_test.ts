/**
 * A classifier as a run of its own: what the task writes, that a stopped one goes on to the same state, and how it is
 * opened to evaluate. Real processes and the real parts; one folder serves all steps, in order.
 */
import { assert, assertAlmostEquals, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { UserError } from "../../src/base/errors.ts";
import { readJson } from "../../src/base/files.ts";
import { evaluationPictures } from "../../src/data/batches/stories.ts";
import { openStorySet, prepareSet } from "../../src/data/mod.ts";
import { classTargets, objectsAmong } from "../../src/data/batches/frame_classes.ts";
import { targetsOf } from "../../src/data/batches/targets.ts";
import { tf } from "../../src/engine/mod.ts";
import { countTargets, objectScores, selectTargets } from "../../src/metrics/f1.ts";
import { findClassifier, readClassifier } from "../../src/runs/stored_classifier.ts";
import { openWorkplace } from "../../src/runs/workplace.ts";
import { resumeTraining } from "../../src/runs/resume.ts";
import { readStatus, runningStatus, writeStatus } from "../../src/records/status.ts";
import type { ClassifierRecord } from "../../src/runs/object_scores.ts";
import { trainClassifierAnew } from "../../src/runs/train.ts";
import { tinyConfig } from "../train/tiny.ts";
import { runToEnd, withFolder } from "./help.ts";

const settings = ["classifier.width=4", "classifier.batch=8", "classifier.steps=6", "classifier.share=0.2"];

Deno.test("deno task classifier makes a run that classifies frames", (t) =>
  withFolder(async (root) => {
    const [runs, data] = [`${root}/runs`, `${root}/data`];
    await prepareSet("clipart", { options: { stories: 12, seed: 1 }, root: data });
    const folder = `${runs}/0001-classifier-clipart`;
    const digests = (folder: string) => readJson<Record<string, string>>(`${folder}/digests.json`);
    const place = (signal?: AbortSignal, ...overrides: string[]) =>
      openWorkplace(tinyConfig(...settings, ...overrides), {
        runs,
        data,
        signal,
      });

    await t.step("the task writes which objects it distinguishes, and how well on real frames", async () => {
      const { code, out, err } = await runToEnd("classifier", [...settings, "record.log=1"], root);
      assertEquals(code, 0, err);
      assert(out.includes("· objects") && out.includes("real frames of test: F1 of "), out);
      const record = readJson<ClassifierRecord>(`${folder}/classifier.json`);
      assertEquals([record.val.stories, record.test!.frames], [4, 20]);
      assertEquals(record.state, digests(folder)[record.step]);
      const set = await openStorySet("clipart", data);
      const objects = objectsAmong(set, record.targets);
      assertEquals(record.targets, [...objects, ...classTargets(set)]);
      assertEquals(record.val.targets.map(({ target }) => target), objects);
      assert(objects.includes("mike") && out.includes("· classes of frames") && out.includes("place=beach"));
      for (const share of [record.test!.classes.place!, record.test!.classes.sky!]) assert(0 <= share && share <= 1);
    });

    await t.step("it is found by its data, and scores what classifier.json says", async () => {
      const set = await openStorySet("clipart", data);
      assertEquals(findClassifier(runs, set.digest), folder);
      assertEquals(findClassifier(runs, "other"), undefined);
      await place(); // starts the engine
      const before = tf.memory().numTensors;
      const { state, targets, test } = readJson<ClassifierRecord>(`${folder}/classifier.json`);
      const classifier = readClassifier(folder, set.digest);
      assertEquals(classifier.name, `classifier:${state.slice(0, 8)}`);
      assertEquals(classifier.targets, targets);
      const stories = set.split("test");
      const [batch] = evaluationPictures(set, stories, 20);
      const pictures = tf.tensor(batch!.images, [20, 64, 64, 3]);
      const seen = classifier.classify(pictures);
      assertEquals(seen.shape, [20, targets.length]);
      const truth = targetsOf(set, stories, targets);
      const objects = objectsAmong(set, targets);
      const [found, marks] = [await seen.data(), truth].map((values) => selectTargets(values, targets, objects));
      const scores = objectScores(countTargets({ targets: objects, frames: 5 }, found!, marks!));
      assertAlmostEquals(scores.micro, test!.micro, 1e-12);
      assertEquals(scores.exact, test!.exact);
      assertThrows(() => classifier.classify(tf.zeros([1, 32, 32, 3])), UserError, "64×64");
      tf.dispose([pictures, seen]);
      classifier.dispose();
      assertEquals(tf.memory().numTensors, before + 1); // the picture that was refused
    });

    await t.step("one that was stopped goes on to the same state", async () => {
      const controller = new AbortController();
      const progress = (_stage: string, step: number) => step === 3 && controller.abort();
      const stopping = { ...await place(controller.signal), watcher: { say() {}, progress } };
      const { folder: second, end } = await trainClassifierAnew(stopping, "again");
      assertEquals([end.state, end.step], ["interrupted", 3]);
      assertThrows(() => readClassifier(second), UserError, "is interrupted; finish it");
      await resumeTraining(second, { data });
      assertEquals(readStatus(second).state, "finished");
      assertEquals(digests(second)[6], digests(folder)[6]);
      assertEquals(
        Deno.readTextFileSync(`${second}/classifier.json`),
        Deno.readTextFileSync(`${folder}/classifier.json`),
      );
      await assertRejects(() => resumeTraining(second, { data }), UserError, "is complete at step 6");
    });

    await t.step("what does not fit is refused", async () => {
      assertThrows(() => readClassifier(folder, "f00dfeed"), UserError, "of other data (f00dfeed)");
      const status = readStatus(folder);
      writeStatus(folder, { ...runningStatus("gan", 1, 1), state: "finished" });
      assertThrows(() => readClassifier(folder), UserError, "is no classifier");
      writeStatus(folder, status);
      const path = `${folder}/checkpoints/best.safetensors`;
      const bytes = Deno.readFileSync(path);
      bytes[bytes.length - 2]! ^= 1;
      Deno.writeFileSync(path, bytes);
      assertThrows(() => readClassifier(folder), UserError, "is damaged");
      const large = await place(undefined, "classifier.batch=13");
      await assertRejects(() => trainClassifierAnew(large), UserError, "classifier.batch is 13");
      const without = await place();
      const set = { ...without.set, split: (split: string) => split === "val" ? [] : without.set.split("train") };
      await assertRejects(() => trainClassifierAnew({ ...without, set }), UserError, "no validation stories");
      assertEquals([...Deno.readDirSync(runs)].filter(({ isDirectory }) => isDirectory).length, 2);
    });
  }));
