/**
 * Verifying a real run, and every kind of file spoilt: the row that says so must name the file and the value. One run
 * serves all steps; each spoils a copy.
 */
import { assert, assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { UserError } from "../../../src/base/errors.ts";
import { sha256File } from "../../../src/base/files.ts";
import { codeOfCommit, digestSources, presentCode } from "../../../src/records/code.ts";
import { evaluateRun } from "../../../src/evaluation/evaluate.ts";
import { keptCheckpoints } from "../../../src/records/checkpoints.ts";
import { listRuns } from "../../../src/records/folder.ts";
import { copyRecord, recordsToCopy, removeReplaced } from "../../../src/reproduction/reference.ts";
import { findRunOrReference } from "../../../src/records/read.ts";
import { startChecks } from "../../../src/reproduction/verify/checks.ts";
import { checkOwnScores } from "../../../src/reproduction/verify/measured.ts";
import { runsToVerify, verifyRun } from "../../../src/reproduction/verify/run.ts";
import { scheduleOf } from "../../../src/reproduction/verify/schedule.ts";
import { readCheckpoint } from "../../../src/train/checkpoint.ts";
import { tinyConfig } from "../../train/tiny.ts";
import { withFolder } from "../../runs/help.ts";
import { asCommitted, changeJson, encoderName, smallRun } from "../../runs/small_run.ts";

const text = (path: string) => Deno.readTextFileSync(path);
const changeText = (path: string, change: (text: string) => string) => Deno.writeTextFileSync(path, change(text(path)));
const flipByte = (path: string) => {
  const bytes = Deno.readFileSync(path);
  bytes[bytes.length - 1]! ^= 1;
  Deno.writeFileSync(path, bytes);
};

/** What is not ok, a line each. */
async function faults(folder: string, committed = false): Promise<string[]> {
  return (await verifyRun(folder, { committed })).filter(({ result }) => result !== "ok")
    .map(({ result, file, detail }) => `${result} ${file}: ${detail}`);
}

async function copyFolder(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for (const { name, isDirectory } of Deno.readDirSync(from)) {
    if (isDirectory) await copyFolder(`${from}/${name}`, `${to}/${name}`);
    else await Deno.copyFile(`${from}/${name}`, `${to}/${name}`);
  }
}

Deno.test("verifyRun() finds what is missing and what is wrong", (t) =>
  withFolder(async (root) => {
    const whole = await smallRun(root);
    const encoder = `${root}/runs/${encoderName}`;
    await evaluateRun(whole, { bootstrap: 0, networks: ["damsm-tower"], data: `${root}/data`, metrics: ["cosine"] });
    await evaluateRun(whole, { bootstrap: 0, networks: ["damsm-tower"], data: `${root}/data`, metrics: ["frechet"] });
    for (const checkpoint of keptCheckpoints(whole)) {
      await evaluateRun(whole, { checkpoint, bootstrap: 0, networks: [], data: `${root}/data`, metrics: ["contours"] });
    }
    writeInspection(whole);

    /** Spoils a copy, and expects a row that begins so and holds the rest. */
    const spoilt = async (spoil: (folder: string) => void, row: string, ...parts: string[]) => {
      const folder = `${root}/runs/0009-copy`;
      await copyFolder(whole, folder);
      spoil(folder);
      const found = await faults(folder);
      await Deno.remove(folder, { recursive: true });
      const line = found.find((line) => line.startsWith(row));
      assert(line !== undefined, `no row begins with "${row}": ${found.join("\n")}`);
      for (const part of parts) assertStringIncludes(line, part);
    };

    await t.step("a complete run is ok, and so is that of its encoder", async () => {
      assertEquals(await faults(whole), []);
      assertEquals(await faults(encoder), []);
      assertEquals(runsToVerify([`${root}/runs`]), [encoder, whole]);
      await assertRejects(() => verifyRun(`${root}/runs/0007-none`), UserError, "There is no run folder");
    });

    await t.step("the encoder of a run may have been copied under another name", async () => {
      const copy = `${root}/runs/0009-copy`;
      await copyFolder(whole, copy);
      changeJson(
        `${copy}/data.json`,
        (d) => Object.assign(d.encoder!, { run: whole.slice(whole.lastIndexOf("/") + 1) }),
      );
      assertEquals(await faults(copy), []);
      const tensors = (await verifyRun(copy)).find(({ file }) => file === "checkpoints/text.safetensors")!;
      assertEquals(tensors.detail, `the same tensors as ${encoderName}`);
      await Deno.remove(copy, { recursive: true });
    });

    await t.step("configuration, status, data and environment", async () => {
      await spoilt((f) => Deno.removeSync(`${f}/config.json`), "missing config.json");
      await spoilt((f) => changeJson(`${f}/config.json`, (c) => c.sead = 1), "wrong config.json", '"sead"');
      const seed = (f: string) => changeJson(`${f}/config.json`, (c) => c.seed = 7);
      await spoilt(seed, "wrong checkpoints/last.safetensors", "digest of the configuration");
      await spoilt((f) => changeJson(`${f}/status.json`, (s) => s.step = 9), "wrong status.json", "step 9 of 8");
      await spoilt(
        (f) => changeJson(`${f}/digests.json`, (d) => d[9] = "0".repeat(64)),
        "wrong digests.json",
        "ended at 8",
      );
      await spoilt((f) => changeJson(`${f}/status.json`, (s) => s.step = 6), "missing digests.json", "step 6");
      await spoilt(
        (f) => changeJson(`${f}/data.json`, (d) => d.digest = "0".repeat(64)),
        "wrong metrics.json",
        "000000",
      );
      const other = (f: string) =>
        changeJson(`${f}/data.json`, (d) => Object.assign(d.encoder!, { digest: "1".repeat(64) }));
      await spoilt(other, "wrong data.json", "had no such checkpoint");
      await spoilt(other, "wrong checkpoints/text.safetensors", "expected 1111");
      const threads = (f: string) =>
        changeJson(`${f}/environment.json`, (e) => Object.assign(e.engine!, { threads: "two" }));
      await spoilt(threads, "wrong environment.json", "engine.threads");
      const changed = (f: string) => {
        changeJson(`${f}/environment.json`, (e) => e.uncommitted = "2".repeat(64));
        Deno.writeTextFileSync(`${f}/uncommitted.diff`, "other\n");
      };
      await spoilt(changed, "wrong uncommitted.diff", "expected 2222");
      await spoilt((f) => Deno.removeSync(`${f}/log.txt`), "missing log.txt");
    });

    await t.step("numbers of training", async () => {
      const lines = (f: string, change: (lines: string[]) => string[]) =>
        changeText(`${f}/metrics.jsonl`, (all) => change(all.trimEnd().split("\n")).join("\n") + "\n");
      await spoilt((f) => lines(f, (all) => all.toSpliced(2, 1)), "missing metrics.jsonl", "no numbers of step 4");
      await spoilt((f) => lines(f, (all) => all.slice(0, -1)), "missing metrics.jsonl", "no validation of step 8");
      await spoilt(
        (f) => lines(f, (all) => all.with(1, all[2]!).with(2, all[1]!)),
        "wrong metrics.jsonl",
        "steps must grow",
      );
      await spoilt(
        (f) => lines(f, (all) => [...all, all[1]!.replace('"step":2', '"step":9')]),
        "wrong metrics.jsonl",
        "step 9",
      );
      await spoilt(
        (f) => lines(f, (all) => all.toSpliced(2, 0, all[1]!.replace('"step":2', '"step":3'))),
        "wrong metrics.jsonl",
        "step 3",
      );
      await spoilt(
        (f) => lines(f, (all) => all.with(1, all[1]!.replace('"kl"', '"lk"'))),
        "missing metrics.jsonl",
        'lacks "kl"',
      );
      await spoilt(
        (f) => lines(f, (all) => all.with(1, all[1]!.replace(/"kl":[^,]+/, '"kl":null'))),
        "wrong metrics.jsonl",
        "line 2",
        "kl",
      );
      await spoilt(
        (f) => changeText(`${f}/metrics.jsonl`, (all) => all.slice(0, -3)),
        "wrong metrics.jsonl",
        "cut short",
      );
      await spoilt(
        (f) => changeText(`${f}/timing.jsonl`, (all) => all.replace(/.*\n/, "")),
        "missing timing.jsonl",
        "step 1",
      );
      await spoilt((f) => Deno.removeSync(`${f}/metrics.jsonl`), "missing metrics.jsonl");
    });

    await t.step("digests, checkpoints and grids", async () => {
      await spoilt((f) => changeJson(`${f}/digests.json`, (d) => delete d[4]), "missing digests.json", "step 4");
      const other = (f: string) => changeJson(`${f}/digests.json`, (d) => d[8] = "3".repeat(64));
      await spoilt(other, "wrong checkpoints/last.safetensors", "expected 3333");
      for (const name of ["last", "best"]) {
        const file = `checkpoints/${name}.safetensors`;
        await spoilt((f) => flipByte(`${f}/${file}`), `wrong ${file}`, "the digest of its tensors");
        await spoilt((f) => Deno.removeSync(`${f}/${file}`), `missing ${file}`);
      }
      await spoilt(
        (f) => flipByte(`${f}/checkpoints/text.safetensors`),
        "wrong checkpoints/text",
        "digest of its tensors",
      );
      await spoilt((f) => Deno.removeSync(`${f}/samples/000004.png`), "missing samples", "000004.png");
      const cut = (f: string) => Deno.truncateSync(`${f}/samples/000008.png`, 900);
      await spoilt(cut, "wrong samples", "000008.png is no whole picture");
      await spoilt(
        (f) => Deno.renameSync(`${f}/samples/000004.png`, `${f}/samples/000003.png`),
        "missing samples",
        "000004.png",
      );
      const copied = (f: string) => Deno.copyFileSync(`${f}/samples/000004.png`, `${f}/samples/000003.png`);
      await spoilt(copied, "wrong samples", "000003.png is of a step");
    });

    await t.step("measured numbers, and the inspection", async () => {
      type Entries = Record<string, { value: number; checkpoint: { step: number; state: string } }>;
      const entry = (f: string, change: (entry: Entries[string]) => void) =>
        changeJson(`${f}/metrics.json`, (all) => change(Object.values(all as Entries).at(0)!));
      await spoilt((f) => entry(f, (e) => e.value += 1), "wrong metric-cosine.jsonl", "the newest value");
      await spoilt((f) => entry(f, (e) => e.checkpoint.state = "4".repeat(64)), "wrong metrics.json", "is 4444");
      await spoilt((f) => entry(f, (e) => e.checkpoint.step = 5), "wrong metrics.json", "step 5");
      await spoilt((f) => entry(f, (e) => delete (e as { value?: number }).value), "wrong metrics.json", "value");
      await spoilt((f) => Deno.removeSync(`${f}/metrics.json`), "missing metrics.json");
      await spoilt((f) => Deno.removeSync(`${f}/metric-frechet.jsonl`), "missing metric-frechet.jsonl");
      const chosen = (line: string) => line.replace(/("split":"val","value":)[\d.]+/, "$10.5");
      await spoilt(
        (f) => changeText(`${f}/metric-cosine.jsonl`, chosen),
        "wrong metric-cosine.jsonl",
        "is 0.5, expected",
      );
      await spoilt(
        (f) => changeText(`${f}/curve.jsonl`, (all) => all.replace('"step":4', '"step":5')),
        "wrong curve.jsonl",
      );
      const kept = (f: string, step: number) => `${f}/checkpoints/step-${step}.safetensors`;
      await spoilt((f) => flipByte(kept(f, 4)), "wrong checkpoints/step-4.safetensors", "the digest of its tensors");
      await spoilt(
        (f) => Deno.copyFileSync(kept(f, 8), kept(f, 4)),
        "wrong checkpoints/step-4.safetensors",
        "its step",
      );
      const moved = (f: string) => Deno.renameSync(`${f}/metric-cosine.jsonl`, `${f}/metric-kid.jsonl`);
      await spoilt(moved, "wrong metric-kid.jsonl", "belongs into metric-cosine.jsonl");
      await spoilt((f) => changeText(`${f}/inspection/looks.json`, (of) => of + " "), "wrong inspection", "looks.json");
      const strange = (f: string) =>
        changeJson(
          `${f}/inspection/stories.json`,
          (of) => Object.assign((of.of as Entries[string]).checkpoint, { state: "5".repeat(64) }),
        );
      await spoilt(strange, "wrong inspection", "is 5555");
      const before = text(`${encoder}/r-precision.json`);
      changeJson(`${encoder}/r-precision.json`, (scores) => scores.step = 0);
      assertStringIncludes((await faults(encoder)).join(), "wrong r-precision.json: step is 0");
      Deno.writeTextFileSync(`${encoder}/r-precision.json`, before);
    });

    await t.step(
      "a run that was killed is complete up to its last checkpoint, and its last line may be cut",
      async () => {
        const folder = `${root}/runs/0009-copy`;
        await copyFolder(whole, folder);
        changeJson(`${folder}/status.json`, (status) => Object.assign(status, { state: "running", step: 6 }));
        changeText(`${folder}/metrics.jsonl`, (all) => all + '{"step":1');
        assertEquals(await faults(folder), []);
        assertStringIncludes(
          (await faults(folder, true)).join("\n"),
          "wrong status.json: the state of a committed record",
        );
        Deno.removeSync(folder, { recursive: true });
      },
    );

    await t.step("copyRecord() takes clean finished runs, without checkpoints, and lists every file", async () => {
      const record = `${root}/reference/0002-small`;
      changeJson(`${whole}/environment.json`, (e) => e.commit = null);
      await assertRejects(() => copyRecord(whole, record), UserError, "environment.json");
      asCommitted(whole);
      const large = `${whole}/samples/large.png`;
      Deno.writeFileSync(large, new Uint8Array(5 * 2 ** 20 + 1));
      await assertRejects(() => copyRecord(whole, record), UserError, "large.png");
      Deno.removeSync(large);
      assertEquals([...Deno.readDirSync(`${root}/reference`)].map(({ name }) => name), []);

      const { files, leftOut } = await copyRecord(whole, record);
      assertEquals(leftOut.includes("samples/000004.png"), true);
      assertEquals(Object.keys(files).filter((path) => path.startsWith("samples/")), [
        "samples/000008.png",
        "samples/real.png",
      ]);
      const kept = [...Deno.readDirSync(record)].map(({ name }) => name);
      for (const name of ["checkpoints", "evaluation", "lock"]) assert(!kept.includes(name), name);
      assertEquals(files["metrics.json"], sha256File(`${whole}/metrics.json`));
      assertEquals(await faults(record, true), []);
      await copyRecord(whole, record); // in place of the former
      assertEquals(await faults(record, true), []);

      const found = (text: string) => findRunOrReference(text, `${root}/runs`, `${root}/reference`);
      assertEquals(found("0002-small"), whole); // one's own comes first
      Deno.renameSync(record, `${root}/reference/0003-other`);
      assertEquals(found("0003-other"), `${root}/reference/0003-other`);
      assertThrows(() => found("0004-none"), UserError, "There is no run");
      Deno.renameSync(`${root}/reference/0003-other`, record);

      changeText(`${record}/log.txt`, (log) => log + "more\n");
      assertStringIncludes((await faults(record, true)).join(), "wrong files.json: the digest of log.txt");
      Deno.writeTextFileSync(`${record}/notes.txt`, "");
      Deno.copyFileSync(`${whole}/log.txt`, `${record}/log.txt`);
      assertStringIncludes((await faults(record, true)).join(), "wrong files.json: notes.txt");
      Deno.removeSync(`${record}/notes.txt`);
      Deno.removeSync(`${record}/samples/real.png`);
      assertEquals((await faults(record, true)).length, 2); // the list, and the grids
      assertEquals(recordsToCopy(`${root}/runs`, ["1"]).map(({ name }) => name), [encoderName]);
    });

    await t.step(
      "removeReplaced() removes records of the same configuration, data and steps with any result, and nothing else",
      async () => {
        const reference = `${root}/reference`;
        for (const name of ["0005-again", "0006-seed"]) {
          await copyFolder(`${reference}/0002-small`, `${reference}/${name}`);
        }
        changeJson(`${reference}/0005-again/digests.json`, (digests) => digests["8"] = "another");
        changeJson(`${reference}/0006-seed/config.json`, (config) => config.seed = 99);
        assertEquals(removeReplaced(reference, ["0005-again"]), [{ name: "0002-small", by: "0005-again" }]);
        assertEquals(listRuns(reference).map(({ name }) => name), ["0005-again", "0006-seed"]);
        assertEquals(removeReplaced(reference, ["0005-again"]), []);
      },
    );
  }));

/** A folder as an inspection leaves it, of the run's last checkpoint. */
function writeInspection(run: string): void {
  const { metadata } = readCheckpoint(`${run}/checkpoints/best.safetensors`);
  const { digest } = JSON.parse(text(`${run}/data.json`));
  const checkpoint = { name: "best", step: Number(metadata.step), state: metadata.state };
  const made = { commit: "c0ffee".padEnd(40, "0"), code: "0".repeat(64) };
  const of = { checkpoint, data: { name: "clipart", digest }, ...made };
  Deno.mkdirSync(`${run}/inspection`);
  Deno.writeTextFileSync(`${run}/inspection/looks.json`, JSON.stringify({ of }));
  const files = { "looks.json": sha256File(`${run}/inspection/looks.json`) };
  Deno.writeTextFileSync(`${run}/inspection/stories.json`, JSON.stringify({ of, files }));
}

Deno.test("checkOwnScores() compares classifier.json with the state of the best checkpoint", () =>
  withFolder(async (folder) => {
    const schedule = scheduleOf(tinyConfig(), { kind: "classifier", state: "finished", step: 2000 }, 2000);
    const validations = [{ step: 100, "loss.classifier.val": 2 }, { step: 200, "loss.classifier.val": 1 }];
    const trained = { schedule, digests: { 100: "a".repeat(64), 200: "b".repeat(64) }, validations };
    const results = async (scores: object) => {
      Deno.writeTextFileSync(`${folder}/classifier.json`, JSON.stringify(scores));
      const checks = startChecks();
      await checkOwnScores(checks, folder, { kind: "classifier", state: "finished" }, trained);
      return checks.results.map(({ result }) => result);
    };
    assertEquals(await results({ step: 200, state: "b".repeat(64) }), ["ok"]);
    assertEquals(await results({ step: 200, state: "a".repeat(64) }), ["wrong"]);
    assertEquals(await results({ step: 100, state: "a".repeat(64) }), ["wrong"]);
  }));

Deno.test("scheduleOf() contains the last step of a complete run, and not that of a stopped one", () => {
  const config = tinyConfig("train.steps=50", "record.log=20", "record.sample=30", "record.checkpoint=40");
  const at = (state: "finished" | "interrupted" | "running", step: number, saved = step) => {
    const { logged, validated, drawn, end } = scheduleOf(config, { kind: "gan", state, step }, saved);
    return [end, logged, validated, drawn];
  };
  assertEquals(at("finished", 50), [50, [1, 20, 40, 50], [40, 50], [30, 50]]);
  assertEquals(at("interrupted", 45), [45, [1, 20, 40], [40], [30]]);
  assertEquals(at("running", 45, 40), [40, [1, 20, 40], [40], [30]]);
  assertEquals(at("running", 3, 0), [0, [], [], []]);
});

Deno.test("codeOfCommit() is the digest of the sources that a run from a clean checkout records", () => {
  const { commit, diff } = presentCode();
  assertEquals(codeOfCommit("0".repeat(40)), undefined);
  if (commit === null) return; // not a clone
  assertEquals(codeOfCommit(commit)?.length, 64);
  if (diff === "") assertEquals(codeOfCommit(commit), digestSources());
});
