/** A record trained again: its run without checkpoints, in an empty folder of runs. One run serves all steps, in order. */
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { UserError } from "../../src/base/errors.ts";
import { readJson } from "../../src/base/files.ts";
import { prepareSet } from "../../src/data/mod.ts";
import { reproduceRun, threadHint } from "../../src/reproduction/reproduce.ts";
import { runToEnd, withFolder } from "../runs/help.ts";
import { changeJson, encoderName, smallRun } from "../runs/small_run.ts";

Deno.test("reproduceRun() trains a record again to the same bits, and says where it could not", (t) =>
  withFolder(async (root) => {
    await smallRun(root);
    const record = `${root}/record/0002-small`;
    Deno.renameSync(`${root}/runs`, `${root}/record`);
    for (const name of [encoderName, "0002-small"]) {
      Deno.removeSync(`${root}/record/${name}/checkpoints`, { recursive: true });
    }
    const recordedEncoder = `${root}/record/0009-copied`; // a record is found by its states, whatever its name
    Deno.renameSync(`${root}/record/${encoderName}`, recordedEncoder);
    const reproduce = async (folder: string, options: { steps?: number; signal?: AbortSignal } = {}) => {
      const said: string[] = [];
      const watcher = { say: (text: string) => void said.push(text), progress() {} };
      const made = await reproduceRun(folder, { ...options, runs: `${root}/runs`, data: `${root}/data`, watcher });
      return { ...made, said: said.join("\n") };
    };

    await t.step("a GAN run, its encoder trained first from the record beside it", async () => {
      const { folder, comparison, differs, said } = await reproduce(record);
      assertEquals([comparison?.verdict, comparison?.states, comparison?.step], ["identical", 2, 8]);
      assertEquals(differs, []);
      assertStringIncludes(said, "same code, packages, engine, machine and threads");
      assertStringIncludes(said, "is the recorded one, to the last bit");
      assertEquals(folder, `${root}/runs/0002-again-small`);
    });

    await t.step("only its first steps, with the encoder that is there now", async () => {
      const { folder, comparison, said } = await reproduce(record, { steps: 5 });
      assertEquals([comparison?.verdict, comparison?.states, comparison?.step], ["identical", 1, 4]);
      assertEquals(readJson<{ step: number }>(`${folder}/status.json`).step, 5);
      assertEquals(readJson(`${folder}/config.json`), readJson(`${record}/config.json`));
      assert(!said.includes("trained again first"));
    });

    await t.step("an encoder, to its first step", async () => {
      const { comparison } = await reproduce(recordedEncoder, { steps: 1 });
      assertEquals([comparison?.verdict, comparison?.step], ["identical", 1]);
    });

    await t.step("a record that says otherwise is different since that step, and the environment is told", async () => {
      const path = `${record}/metrics.jsonl`;
      const before = Deno.readTextFileSync(path);
      const lines = before.split("\n").map((line) =>
        line.includes('"step":4,') ? line.replace(/"kl":[^,]+/, '"kl":9') : line
      );
      Deno.writeTextFileSync(path, lines.join("\n"));
      changeJson(`${record}/environment.json`, (e) => Object.assign(e.engine as object, { version: "other" }));
      const { code, out, err } = await runToEnd("reproduce", [record, "--quiet", "--steps", "4"], root);
      assertEquals(code, 1, err);
      assertStringIncludes(out, "engine version: other →");
      assertStringIncludes(out, "different since step 4 (");
      assertStringIncludes(out, "kl: 9 recorded");
      Deno.writeTextFileSync(path, before);
    });

    await t.step("a signal before the first step leaves nothing to compare", async () => {
      assertEquals((await reproduce(record, { signal: AbortSignal.abort() })).comparison, undefined);
    });

    await t.step("other data are refused with the command that makes the right ones", async () => {
      await prepareSet("clipart", { options: { stories: 13, seed: 1 }, root: `${root}/data`, force: true });
      const error = await assertRejects(() => reproduce(record), UserError);
      assertStringIncludes(error.message, "deno task prepare clipart --stories 12 --force");
      const { code, err } = await runToEnd("reproduce", ["7"], root);
      assertEquals(code, 1);
      assertStringIncludes(err, 'There is no run "7"');
    });
  }));

Deno.test("threadHint() tells how to get the recorded number of threads, where there are cores for it", () => {
  const recorded = (threads: number) => ({
    cores: 8,
    engine: { name: "xla" as const, version: "", devices: [], threads },
  });
  assertEquals(threadHint(recorded(2), 2, 4, "2"), undefined);
  assertStringIncludes(threadHint(recorded(2), 4, 4, "0002-small")!, "taskset -c 0-1 deno task reproduce 0002-small");
  assertStringIncludes(threadHint(recorded(1), 4, 4, "2")!, "taskset -c 0 deno");
  assertStringIncludes(threadHint(recorded(8), 4, 4, "2")!, "this process may use 4");
});
