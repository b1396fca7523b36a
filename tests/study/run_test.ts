/** Studies whose tasks only write records: which tasks are started, in which order, and how their outcomes are used. */
import { assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { UserError } from "../../src/base/errors.ts";
import { readJson } from "../../src/base/files.ts";
import { type Config, resolveConfig } from "../../src/model/config.ts";
import type { OursConfig } from "../../src/model/systems/ours/settings.ts";
import { readRuns } from "../../src/records/read.ts";
import { gridStudy } from "../../src/study/grid.ts";
import { openStudy, runStudy, type StudyOptions } from "../../src/study/run.ts";
import type { Outcome } from "../../src/study/tasks.ts";
import { runTaskProcess } from "../../src/study/tasks.ts";
import { withFolder } from "../runs/help.ts";
import { writeRecord } from "./help.ts";

const study = gridStudy(["model.db.g=both,none"], [1, 2], "tiny", "blocks");

let number = 10; // of the next run folder

/**
 * Tasks that write the records of real ones; where `override` returns an outcome, the task writes nothing and has it.
 */
function starter(runs: string, override: (task: string[]) => Outcome | undefined = () => undefined) {
  const started: string[][] = [];
  const start: StudyOptions["start"] = (task) => {
    started.push(task);
    const outcome = override(task);
    if (outcome) return Promise.resolve(outcome);
    const [name, ...args] = task;
    const set = args.filter((arg) => /^[\w.]+=/.test(arg));
    const folder = `${runs}/${String(number++).padStart(4, "0")}-${name}`;
    if (name === "train") writeRecord(folder, { set, steps: resolveConfig("tiny").train.steps });
    if (name === "damsm") writeRecord(folder, { kind: "damsm", set, steps: 2800 });
    if (name === "classifier") writeRecord(folder, { kind: "classifier", set, steps: 2000 });
    if (name === "evaluate") {
      const evaluator = readRuns([runs]).find(({ folder }) => folder === args[args.indexOf("--encoder") + 1])!;
      const damsm = evaluator.digests[String(evaluator.status.step)]!.slice(0, 8);
      const { config } = readRuns([runs]).find(({ folder }) => folder === args[0])!;
      const value = config.seed * 10 + ((config as Config & OursConfig).model.db.g === "both" ? 0 : 3);
      const names = {
        [`cosine[damsm:${damsm}].test`]: { value },
        "fid[x].test": { value: 2 * value },
        "fid[x].val": { value },
      };
      Deno.writeTextFileSync(`${args[0]}/metrics.json`, JSON.stringify(names));
    }
    return Promise.resolve("done");
  };
  return { start, started, tasks: () => started.map(([name]) => name) };
}

Deno.test("a study trains what its runs share, then trains, evaluates and inspects its runs, and aggregates", async () => {
  await withFolder(async (root) => {
    const runs = `${root}/runs`;
    const { start, started, tasks } = starter(runs);
    const options = { runs, data: `${root}/data`, start };
    const { jobs, results } = await runStudy(study, options);
    assertEquals(tasks().slice(0, 4).sort(), ["classifier", "damsm", "damsm", "damsm"]); // seeds 1, 2 and the evaluator's
    assertEquals(tasks().slice(4), Array(4).fill(["train", "evaluate", "inspect"]).flat());
    assertEquals(
      started.filter(([name]) => name === "damsm").map((task) => task.find((arg) => arg.startsWith("seed="))),
      [
        "seed=1",
        "seed=101",
        "seed=2",
      ],
    );
    assertEquals(jobs.map(({ state }) => state), Array(4).fill("finished"));
    const [both, none] = results.metrics["fid[x].test"]!;
    assertEquals([both!.mean, none!.mean, none!.difference!.mean, none!.difference!.n], [30, 36, 6, 2]);
    assertEquals("fid[x].val" in results.metrics, false);
    assertEquals(readJson(`${runs}/studies/blocks/results.json`), JSON.parse(JSON.stringify(results)));

    // Once more there is nothing to do.
    const again = starter(runs);
    await runStudy(study, { ...options, start: again.start });
    assertEquals(again.tasks(), []);
  });
});

Deno.test("a failed run is kept with its error, and tried again only on demand", async () => {
  await withFolder(async (root) => {
    const runs = `${root}/runs`;
    const broken = (task: string[]) =>
      task[0] === "train" && task.includes("seed=2") && task.includes("model.db.g=none")
        ? { error: "it broke" }
        : undefined;
    const options = { runs, data: `${root}/data` };
    const { jobs, results } = await runStudy(study, { ...options, start: starter(runs, broken).start });
    assertEquals(jobs.map(({ state }) => state), ["finished", "finished", "finished", "failed"]);
    assertEquals(results.missing, [{ job: "model.db.g=none seed 2", state: "failed", error: "it broke" }]);
    assertEquals(results.metrics["fid[x].test"]!.map(({ n }) => n), [2, 1]);

    const again = starter(runs);
    await runStudy(study, { ...options, start: again.start });
    assertEquals(again.tasks(), []);
    const { jobs: end } = await runStudy(study, { ...options, retry: true, start: again.start });
    assertEquals(again.tasks(), ["train", "evaluate", "inspect"]);
    assertEquals(end.map(({ state }) => state), Array(4).fill("finished"));
  });
});

Deno.test("a study ends with an error where a shared network cannot be trained", async () => {
  await withFolder(async (root) => {
    const { start } = starter(root, ([name]) => name === "classifier" ? { error: "no labels" } : undefined);
    await assertRejects(
      () => runStudy(study, { runs: root, data: root, start }),
      UserError,
      "without its classifier of clipart: no labels",
    );
  });
});

Deno.test("a study that is stopped starts no other task, and resumes from what is saved", async () => {
  await withFolder(async (runs) => {
    const stop = new AbortController();
    const first = starter(runs, ([name, ...args]) => {
      if (name !== "train") return undefined;
      const set = args.filter((arg) => /^[\w.]+=/.test(arg));
      writeRecord(`${runs}/0100-stopped`, { set, state: "interrupted", step: 100 });
      stop.abort();
      return "interrupted";
    });
    const { jobs } = await runStudy(study, { runs, data: runs, start: first.start, signal: stop.signal });
    assertEquals(jobs.map(({ state }) => state), ["to resume", "to train", "to train", "to train"]);
    const again = starter(runs, (task) => {
      if (task[0] !== "resume") return undefined;
      assertEquals(task[1], `${runs}/0100-stopped`);
      writeRecord(`${runs}/0100-stopped`, { set: ["model.db.g=both", "seed=1"] });
      return "done";
    });
    await runStudy(study, { runs, data: runs, start: again.start });
    assertEquals(again.tasks().slice(0, 3), ["resume", "evaluate", "inspect"]);
  });
});

Deno.test("a run with other steps, other data, or without evaluation and checkpoints does not count", async () => {
  await withFolder(async (root) => {
    const runs = `${root}/runs`;
    const states = () =>
      openStudy({ ...study, seeds: [1], rows: study.rows.slice(0, 1) }, { runs, data: root })[0]!.state;
    assertEquals(states(), "to train");
    writeRecord(`${runs}/0001-short`, { set: ["model.db.g=both", "seed=1"], steps: 60 });
    assertEquals(states(), "to train");
    writeRecord(`${runs}/0002-record`, { set: ["model.db.g=both", "seed=1"], checkpoints: false });
    assertEquals(states(), "to train");
    writeRecord(`${runs}/0003-run`, { set: ["model.db.g=both", "seed=1"] });
    assertEquals(states(), "to evaluate");
    await Deno.mkdir(`${root}/clipart/prepared`, { recursive: true });
    await Deno.writeTextFile(`${root}/clipart/prepared/manifest.json`, "another set");
    assertEquals(states(), "to train");
  });
});

Deno.test("rows that are the same run are refused", () => {
  const twice = { ...study, rows: [...study.rows, { label: "again", title: "", set: ["model.db.g=none"] }] };
  assertThrows(() => openStudy(twice, { runs: "/none", data: "/none" }), UserError, "are the same run");
});

Deno.test("a task of a study runs in a process of its own, with its output in its log", async () => {
  await withFolder(async (root) => {
    const outcome = await runTaskProcess(["train", "--set", "model.db.h=1"], `${root}/logs/a.log`);
    assertStringIncludes((outcome as { error: string }).error, 'Unknown config key "model.db.h"');
    assertStringIncludes(
      await Deno.readTextFile(`${root}/logs/a.log`),
      "$ deno task train --set model.db.h=1\nerror: ",
    );
    assertEquals(await runTaskProcess(["params", "--help"], `${root}/logs/b.log`), "done");
  });
});
