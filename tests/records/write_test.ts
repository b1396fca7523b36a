import { assert, assertEquals, assertMatch, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { validateConfig } from "../../src/model/config.ts";
import { UserError } from "../../src/base/errors.ts";
import { digestJson } from "../../src/base/files.ts";
import { tf } from "../../src/engine/mod.ts";
import { configDigest, dropLinesAfter, openRecord } from "../../src/records/write.ts";
import { isCheckpointName, keptCheckpoints, readStart } from "../../src/records/checkpoints.ts";
import { readStatus } from "../../src/records/status.ts";
import { readCheckpoint } from "../../src/train/checkpoint.ts";
import { startEngine, tinyConfig } from "../train/tiny.ts";
import { withFolder } from "../runs/help.ts";

await startEngine();
const config = tinyConfig();
const shapes = { model: { "g.w": [3] }, moments: {}, ema: {} };
const trainState = (value: number) => ({ model: { "g.w": tf.fill([3], value) }, moments: {}, ema: {} });

function open(folder: string, step = 0, settings = config) {
  Deno.mkdirSync(`${folder}/checkpoints`, { recursive: true });
  return openRecord({
    folder,
    kind: "gan",
    name: "ours",
    stage: "training",
    config: settings,
    step,
    steps: 40,
    vocabulary: ["<pad>", "<unk>"],
    data: "d",
  });
}

const lines = (folder: string) => Deno.readTextFileSync(`${folder}/metrics.jsonl`);

Deno.test("openRecord() writes numbers in full, one line each, and speed to another file", () =>
  withFolder((folder) => {
    const record = open(folder);
    record.metrics(1, { "loss.d": 1 / 3 });
    record.metrics(2, { "loss.d": 1e-9 });
    record.timing(2, { images_per_second: 5 });
    assertEquals(lines(folder), '{"step":1,"loss.d":0.3333333333333333}\n{"step":2,"loss.d":1e-9}\n');
    assertMatch(Deno.readTextFileSync(`${folder}/timing.jsonl`), /^{"step":2,"time":"[^"]+","images_per_second":5}\n$/);
    assertEquals(readStatus(folder).state, "running");
    record.close({ state: "finished", step: 2, best: undefined });
    assertEquals(readStatus(folder).state, "finished");
  }));

Deno.test("openRecord() saves last and best, their digests, and what a resume asks for", () =>
  withFolder(async (folder) => {
    const record = open(folder);
    await record.save(10, trainState(1), { step: 10, score: 2 });
    await record.save(20, trainState(2), { step: 10, score: 2 });
    record.close({ error: "it broke" });
    const [last, best] = ["last", "best"].map((name) => readCheckpoint(`${folder}/checkpoints/${name}.safetensors`));
    assertEquals([last!.metadata.step, best!.metadata.step], ["20", "10"]);
    assertEquals(last!.metadata.config, configDigest(config, "gan"));
    assertEquals(JSON.parse(last!.metadata.vocabulary!), ["<pad>", "<unk>"]);
    const digests = JSON.parse(Deno.readTextFileSync(`${folder}/digests.json`));
    assertEquals(digests, { 10: best!.metadata.state, 20: last!.metadata.state });
    const start = readStart(folder, "gan", shapes)!;
    assertEquals([start.step, start.best], [20, { step: 10, score: 2 }]);
    assertEquals([...await start.state.model["g.w"]!.data()], [2, 2, 2]);
    const { state, error } = readStatus(folder);
    assertEquals([state, error], ["failed", "it broke"]);
  }));

Deno.test("openRecord() keeps every checkpoint with record.keep, which changes no identity", () =>
  withFolder(async (folder) => {
    const kept = tinyConfig("record.keep=true");
    const record = open(folder, 0, kept);
    await record.save(5, trainState(1), { step: 5, score: 2 });
    await record.save(10, trainState(2), { step: 5, score: 2 });
    record.close({ state: "interrupted", step: 10, best: undefined });
    assertEquals(keptCheckpoints(folder), ["step-5", "step-10"]);
    const [first, second] = keptCheckpoints(folder).map((name) =>
      readCheckpoint(`${folder}/checkpoints/${name}.safetensors`)
    );
    assertEquals([first!.metadata.step, second!.metadata.step], ["5", "10"]);
    assertEquals([...first!.stored["g.w"]!.data as Float32Array], [1, 1, 1]);
    assertEquals(configDigest(kept, "gan"), configDigest(config, "gan"));
    assertEquals(keptCheckpoints(`${folder}/none`), []);
    const names = ["best", "last", "step-5", "step-0", "step-05", "kept", "step-5.safetensors", "../best", ""];
    assertEquals(names.filter(isCheckpointName), ["best", "last", "step-5"]);
  }));

Deno.test("openRecord() keeps a good checkpoint when the state to be saved is broken", () =>
  withFolder(async (folder) => {
    const record = open(folder);
    await record.save(10, trainState(1), { step: 10, score: 2 });
    await assertRejects(() => record.save(20, trainState(Infinity), { step: 20, score: 1 }), UserError, '"g.w"');
    record.close({ error: "it broke" });
    const start = readStart(folder, "gan", shapes)!;
    assertEquals([start.step, start.best], [10, { step: 10, score: 2 }]);
    assertEquals(Object.keys(JSON.parse(Deno.readTextFileSync(`${folder}/digests.json`))), ["10"]);
  }));

Deno.test("configDigest() of a run made before some fields came is what it was", () => {
  const { precision: _p, deterministic: _d, device: _v, deviceMemory: _m, classifier: _c, ...former } = config;
  const { data: { name, words }, model, loss, train, record: { keep: _k, ...record }, ...rest } = former;
  const { choice: _ch, inference: _i, wordScale: _w, selector: _s, gamma: _g, ...db } = model.db;
  const { input: _in, generatorFloor: _f, storyInput: _si, db: _db, ...ofModel } = model;
  const { story: _st, wrong: _wr, perceptual: _pe, jitter: _j, ...laterLoss } = loss;
  const { objectsFrom: _of, encoderObjectsUntil: _eu, augment: _au, ...ofLoss } = laterLoss;
  const { decay: _de, ...ofTrain } = train;
  const old = { ...rest, record, data: { name, words }, model: { ...ofModel, db }, loss: ofLoss, train: ofTrain };
  const then = digestJson({ ...old, train: { ...old.train, steps: 0 } });
  assertEquals(configDigest(validateConfig(old), "gan"), then);
});

Deno.test("configDigest() tells what changes numbers from how long and where a run goes on", () => {
  const differs = (override: string) => configDigest(tinyConfig(override), "gan") !== configDigest(config, "gan");
  for (
    const override of [
      "precision=bfloat16",
      "deterministic=false",
      "seed=2",
      "data.captions=first",
      "model.db.choice=hard",
    ]
  ) {
    assert(differs(override), override);
  }
  for (const override of ["train.steps=9", "device=cuda:1", "deviceMemory=0.5"]) assert(!differs(override), override);
  const wider = tinyConfig("classifier.width=5"); // what evaluates generated pictures has no part in generating them
  assertEquals(configDigest(wider, "damsm"), configDigest(config, "damsm"));
  assert(configDigest(wider, "classifier") !== configDigest(config, "classifier"));
});

Deno.test("openRecord() of a resumed run drops lines and digests of steps that are taken again, and half a line", () =>
  withFolder(async (folder) => {
    const first = open(folder);
    for (const step of [1, 10, 11]) first.metrics(step, { loss: step });
    await first.save(10, trainState(1), undefined);
    await first.save(12, trainState(1), undefined);
    first.close({ state: "interrupted", step: 12, best: undefined });
    const started = readStatus(folder).started;
    Deno.writeTextFileSync(`${folder}/metrics.jsonl`, '{"step":12,"lo', { append: true });
    const second = open(folder, 10);
    assertEquals(lines(folder), '{"step":1,"loss":1}\n{"step":10,"loss":10}\n');
    await second.save(20, trainState(1), undefined);
    second.close({ state: "finished", step: 20, best: undefined });
    assertEquals(Object.keys(JSON.parse(Deno.readTextFileSync(`${folder}/digests.json`))), ["10", "20"]);
    assertEquals(readStatus(folder).started, started);
  }));

Deno.test("dropLinesAfter() leaves a missing file missing", () =>
  withFolder((folder) => {
    dropLinesAfter(`${folder}/none.jsonl`, 3);
    assertEquals([...Deno.readDirSync(folder)], []);
  }));

Deno.test("readStart() refuses checkpoints that are lost, cut short, damaged or foreign", () =>
  withFolder(async (folder) => {
    const path = `${folder}/checkpoints/last.safetensors`;
    assertEquals(readStart(folder, "gan", shapes), undefined); // nothing saved yet: from the start
    const record = open(folder);
    await record.save(10, trainState(1), undefined);
    await record.save(20, trainState(1), undefined);
    record.close({ state: "finished", step: 20, best: undefined });
    const bytes = Deno.readFileSync(path);

    const refuse = (text: string) =>
      assertStringIncludes(
        assertThrows(() => readStart(folder, "gan", shapes), UserError).message,
        text,
      );
    Deno.writeFileSync(path, bytes.subarray(0, bytes.length - 4));
    refuse("cut short");
    Deno.writeFileSync(path, bytes.with(bytes.length - 1, bytes.at(-1)! ^ 1));
    refuse("is damaged");
    Deno.writeTextFileSync(path, "not a checkpoint at all, but a text");
    refuse(path);
    Deno.writeFileSync(path, bytes);
    assertThrows(() => readStart(folder, "damsm", shapes), UserError, "is one of a gan run");
    assertThrows(
      () => readStart(folder, "gan", { ...shapes, model: { "g.w": [4] } }),
      UserError,
      `"${path}" does not fit: it holds "g.w" with shape [3]`,
    );
    Deno.removeSync(path);
    refuse("is gone");
  }));

Deno.test("save() on a full disk says so and leaves the former checkpoint whole", () =>
  withFolder(async (folder) => {
    const mounted = new Deno.Command("mount", {
      args: ["-t", "tmpfs", "-o", "size=256k", "tmpfs", folder],
      stderr: "null",
    });
    const full = await mounted.output().then(({ success }) => success, () => false);
    // Without the right to mount, a folder in the temporary file's place refuses the write as a full disk would.
    const record = open(folder);
    try {
      await record.save(10, trainState(1), undefined);
      if (!full) Deno.mkdirSync(`${folder}/checkpoints/last.safetensors.${Deno.pid}.tmp`);
      const large = { model: { "g.w": tf.zeros([100_000]) }, moments: {}, ema: {} };
      const error = await assertRejects(() => record.save(20, large, undefined), UserError);
      if (full) assertStringIncludes(error.message, "the disk is full");
      assertStringIncludes(error.message, "What was there before is untouched");
      const { step, state: { model } } = readStart(folder, "gan", shapes)!;
      assertEquals([step, ...await model["g.w"]!.data()], [10, 1, 1, 1]);
    } finally {
      record.close({ error: "disk full" });
      if (full) await new Deno.Command("umount", { args: [folder] }).output();
    }
  }));
