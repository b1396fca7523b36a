/**
 * The promise of a run record: interrupted, killed and resumed equals undisturbed, to the last bit.
 *
 * Real processes and the real system, on the fastest engine here. One folder serves all tests below, in order.
 */
import { assert, assertEquals, assertGreater, assertRejects, assertStringIncludes } from "@std/assert";
import { UserError } from "../../src/base/errors.ts";
import { readJson, writeAtomic } from "../../src/base/files.ts";
import { prepareSet } from "../../src/data/mod.ts";
import { findPlugin } from "../../src/engine/install.ts";
import type { Environment } from "../../src/records/environment.ts";
import { listRuns } from "../../src/records/folder.ts";
import { type ResumeOptions, resumeTraining } from "../../src/runs/resume.ts";
import { sampleStory } from "../../src/runs/sampling/sample_story.ts";
import { lockRun, readStatus } from "../../src/records/status.ts";
import { narrow } from "../train/tiny.ts";
import { runToEnd, task, withFolder } from "./help.ts";

// Without the compiled engine a step takes seconds: fewer then.
const [steps, every] = findPlugin() ? [40, 10] : [8, 2];
const settings = [
  ...narrow,
  "text.steps=2",
  `train.steps=${steps}`,
  "record.log=1",
  `record.sample=${steps / 2}`,
  `record.checkpoint=${every}`,
];

const text = (path: string) => Deno.readTextFileSync(path);
const digest = (folder: string, step = steps) => readJson<Record<string, string>>(`${folder}/digests.json`)[step];

/** Starts a task and sends it a signal once the run in `folder` has logged `lines` lines; gives its exit code. */
async function stopAfter(
  lines: number,
  signal: Deno.Signal,
  name: string,
  args: string[],
  root: string,
  folder: string,
) {
  const child = task(name, args, root).spawn();
  const output = Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  let ended = false;
  const status = child.status.finally(() => ended = true);
  const logged = () => {
    try {
      return text(`${folder}/metrics.jsonl`).split("\n").length - 1;
    } catch {
      return 0;
    }
  };
  while (!ended && logged() < lines) await new Promise((done) => setTimeout(done, 5));
  if (ended) throw new Error(`${name} ended before it was stopped: ${(await output).join("\n")}`);
  child.kill(signal);
  // As in a terminal, where the task runner passes on what the terminal has sent already.
  if (signal === "SIGINT") child.kill(signal);
  await output;
  return (await status).code;
}

Deno.test("a run that is interrupted, killed and resumed equals one in one go", (t) =>
  withFolder(async (root) => {
    await prepareSet("clipart", { options: { stories: 12, seed: 1 }, root: `${root}/data` });
    const [whole, broken] = [`${root}/runs/0002-whole`, `${root}/runs/0003-broken`];
    const refused = async (options: ResumeOptions, ...texts: string[]) => {
      const error = await assertRejects(() => resumeTraining(whole, { data: `${root}/data`, ...options }), UserError);
      for (const text of texts) assertStringIncludes(error.message, text);
      return error.message;
    };

    await t.step("deno task train trains, with the encoder first, and says where all lies", async () => {
      const { code, out, err } = await runToEnd("train", [...settings, "--name", "whole"], root);
      assertEquals(code, 0, err);
      for (
        const part of ["samples/0000", "metrics.jsonl", "best.safetensors", "deno task sample", "deno task resume"]
      ) {
        assertStringIncludes(out, part);
      }
      assertEquals(readStatus(`${root}/runs/0001-damsm-tiny-clipart`).state, "finished");
      assertEquals(readStatus(whole).state, "finished");
      const files = (folder: string) => [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
      assertEquals(files(`${whole}/checkpoints`), ["best.safetensors", "last.safetensors", "text.safetensors"]);
      const grids = [steps / 2, steps].map((step) => `${String(step).padStart(6, "0")}.png`);
      assertEquals(files(`${whole}/samples`), [...grids, "real.png"]);
      assertEquals(text(`${whole}/metrics.jsonl`).split("\n").length - 1, steps + steps / every);
    });

    await t.step("Ctrl-C saves the step under way and exits with 130; the encoder is used again", async () => {
      const args = [...settings, "--name", "broken"];
      assertEquals(await stopAfter(2, "SIGINT", "train", args, root, broken), 130);
      const { state, step } = readStatus(broken);
      assertEquals(state, "interrupted");
      assertGreater(step, 1);
      assert(digest(broken, step));
      const runs = listRuns(`${root}/runs`).map(({ name }) => name);
      assertEquals(runs, ["0001-damsm-tiny-clipart", "0002-whole", "0003-broken"]);
    });

    await t.step("kill -9 at a random moment, then resume: same state, same metrics", async () => {
      const lines = every + Math.floor(Math.random() * (steps - 2 * every));
      await stopAfter(lines, "SIGKILL", "resume", ["3"], root, broken);
      assertEquals(readStatus(broken).state, "running");
      const { code, err } = await runToEnd("resume", ["0003-broken"], root);
      assertEquals(code, 0, err);
      assertEquals(digest(broken), digest(whole), `killed after ${lines} lines`);
      assertEquals(text(`${broken}/metrics.jsonl`), text(`${whole}/metrics.jsonl`));
      assertStringIncludes(text(`${broken}/log.txt`), "was killed");
      const [a, b] = [whole, broken].map((folder) => Deno.readFileSync(`${folder}/checkpoints/best.safetensors`));
      assertEquals(a, b);
    });

    await t.step("resume refuses a complete run and says how to prolong it", async () => {
      await refused({}, `complete at step ${steps}`, `train.steps=${2 * steps}`);
    });

    await t.step("resume refuses a run that is in use", async () => {
      const release = lockRun(whole);
      await refused({ overrides: [`train.steps=${2 * steps}`] }, "in use by process");
      release();
    });

    await t.step(
      "resume with other code or config names what differs; --force goes on and writes it down",
      async () => {
        const longer = `train.steps=${2 * steps}`;
        const path = `${whole}/environment.json`;
        const environment = readJson<Environment>(path);
        writeAtomic(path, JSON.stringify({ ...environment, code: "0".repeat(64) }));
        const overrides = [longer, "train.learningRateG=1e-5"];
        await refused({ overrides }, "code: 000000000000", "train.learningRateG: 0.002 → 0.00001", "--force");
        await refused({ overrides: [longer, "train.learningRate=1"] }, "Unknown config key");

        const options = { force: true, overrides, data: `${root}/data`, signal: AbortSignal.abort() };
        const { end } = await resumeTraining(whole, options);
        assertEquals([end.state, end.step], ["interrupted", steps]);
        const [entry] = readJson<Environment>(path).resumed!;
        assertEquals([entry!.forced, entry!.differs.length], [true, 2]);
        assertStringIncludes(text(`${whole}/log.txt`), "forced, differs in code: 000000000000");
        assertStringIncludes(text(`${whole}/log.txt`), `train.steps: ${steps} → ${2 * steps}`);
        writeAtomic(path, JSON.stringify(environment));
      },
    );

    await t.step(
      "resume refuses a config.json that was edited, and a checkpoint that is cut short or foreign",
      async () => {
        const edited = readJson<{ loss: { kl: number } }>(`${whole}/config.json`);
        writeAtomic(`${whole}/config.json`, JSON.stringify({ ...edited, loss: { ...edited.loss, kl: 3 } }));
        await refused({}, "config.json is not the one");
        writeAtomic(`${whole}/config.json`, JSON.stringify(edited));

        const last = `${whole}/checkpoints/last.safetensors`;
        const bytes = Deno.readFileSync(last);
        Deno.writeFileSync(last, bytes.subarray(0, bytes.length - 100));
        await refused({}, last, "cut short");
        Deno.copyFileSync(`${whole}/checkpoints/text.safetensors`, last);
        await refused({ force: true }, last, "is one of a damsm run");
        Deno.writeFileSync(last, bytes);
      },
    );

    await t.step("sampleStory() generates from free text and names unknown words", async () => {
      const sentences = Array.from({ length: 7 }, (_, i) => i === 3 ? "A Zeppelin lands, Mike!" : "Mike is happy.");
      const { frames, unknown, png } = await sampleStory(broken, sentences, { count: 2 });
      assertEquals([frames.length, frames[0]!.length, frames[0]![0]!.length], [2, 7, 64 * 64 * 3]);
      assertEquals(unknown.filter((word) => word !== "a"), ["zeppelin", "lands"]);
      assertEquals([...png.subarray(1, 4)], [..."PNG"].map((letter) => letter.charCodeAt(0)));
      const again = await sampleStory(broken, sentences, { count: 2 });
      assertEquals(again.frames, frames);
      await assertRejects(() => sampleStory(broken, []), UserError, "1 to 15 sentences, and 0");
      await assertRejects(() => sampleStory(broken, Array(16).fill("Mike.")), UserError, "and 16 were given");
      await assertRejects(() => sampleStory(broken, ["!?"]), UserError, "has no words");
    });
  }));
