/** `deno task sample RUN --story "…" --story "…" [--out FILE.png]`: draws a story for free text. */
import { parseArgs } from "@std/cli";
import { relative } from "node:path";
import { resolveConfig, validateConfig } from "../../model/config.ts";
import { fail } from "../../base/errors.ts";
import { readJson, writeAtomic } from "../../base/files.ts";
import { findRun } from "../../records/folder.ts";
import { sampleStory } from "../../runs/sampling/sample_story.ts";
import { deviceOverride, unknownOption, wholeNumber } from "../common/options.ts";
import { runTask } from "../common/run_task.ts";
import { ensureEngine } from "../machine/setup.ts";

const usage = `Usage: deno task sample RUN --story "First sentence." --story "Second." [options]

  RUN             folder, name or number of a run
  --story TEXT    one sentence, one frame; 1 to 15 of them
  --out FILE      where the picture goes (default: samples/story.png in the run)
  --seed N        other numbers draw other pictures (default: 1)
  --count N       how many drawings of the story (default: 1)
  --device D      cpu, cuda or cuda:N (default: the run's)
  --checkpoint C  best or last (default: best, if there is one)`;

async function main(args: string[]): Promise<void> {
  const options = parseArgs(args, {
    string: ["story", "out", "seed", "count", "checkpoint", "device", "_"],
    collect: ["story"],
    unknown: unknownOption(["story", "out", "seed", "count", "checkpoint", "device"]),
  });
  const [run, extra] = options._.map(String);
  if (run === undefined) fail('Name the run that draws: deno task sample RUN --story "…" (folder, name or number).');
  if (extra !== undefined) fail(`Cannot read "${extra}": give each sentence as --story "…".`);
  if (options.out?.toLowerCase().endsWith(".png") === false) {
    fail(`--out writes PNG; "${options.out}" does not end in .png.`);
  }
  const { checkpoint, device } = options;
  resolveConfig("tiny", deviceOverride(device)); // refuses what is no device
  if (checkpoint !== undefined && checkpoint !== "best" && checkpoint !== "last") {
    fail(`--checkpoint is best or last, not "${checkpoint}".`);
  }
  const seed = wholeNumber("seed", options.seed);
  const count = wholeNumber("count", options.count, 1);
  const folder = findRun(run);
  await ensureEngine(validateConfig(readJson(`${folder}/config.json`)).engine);
  const { png, unknown, step } = await sampleStory(folder, options.story, { seed, count, checkpoint, device });
  if (unknown.length > 0) {
    console.error(`not in the vocabulary, so the model cannot tell them apart: ${unknown.join(", ")}`);
  }
  const out = options.out ?? relative(Deno.cwd(), `${folder}/samples/story.png`);
  writeAtomic(out, png);
  console.log(
    `drew ${options.story.length} ${options.story.length === 1 ? "frame" : "frames"} with step ${step}: ${out}`,
  );
}

if (import.meta.main) await runTask(main, usage);
