/** `deno task sample RUN --story "…" --story "…" [options]`: generates pictures for a story of free text. */
import { parseArgs } from "@std/cli";
import { relative } from "node:path";
import { resolveConfig, validateConfig } from "../../model/config.ts";
import { fail } from "../../base/errors.ts";
import { readJson, writeAtomic } from "../../base/files.ts";
import { findRun } from "../../records/folder.ts";
import { sampleStory } from "../../runs/sampling/sample_story.ts";
import { ensureEngine } from "../common/engine.ts";
import { deviceOverride, unknownOption, wholeNumber } from "../common/options.ts";
import { runTask } from "../common/run_task.ts";

const usage = `Usage: deno task sample RUN --story TEXT … [options]

Generates pictures for a story: one frame for each sentence.

  RUN             folder, name or number of a training run
  --story TEXT    a sentence of the story; repeat it for each frame, 1 to 15 times
  --out FILE      PNG file to write (default: samples/story.png in the run)
  --seed N        seed of the noise; another seed gives other pictures (default: 1)
  --count N       number of versions, each with other noise (default: 1)
  --device D      cpu, cuda or cuda:N (default: the run's device)
  --checkpoint C  best or last (default: best, if there is one)

Example: deno task sample 2 --story "Mike is in the park." --story "It starts to rain."`;

async function main(args: string[]): Promise<void> {
  const options = parseArgs(args, {
    string: ["story", "out", "seed", "count", "checkpoint", "device", "_"],
    collect: ["story"],
    unknown: unknownOption(["story", "out", "seed", "count", "checkpoint", "device"]),
  });
  const [run, extra] = options._.map(String);
  if (run === undefined) {
    fail('Name the run to sample from: deno task sample RUN --story "…" (folder, name or number).');
  }
  if (extra !== undefined) fail(`Cannot read "${extra}": give each sentence as --story "…".`);
  if (options.out?.toLowerCase().endsWith(".png") === false) {
    fail(`--out writes PNG; "${options.out}" does not end in .png.`);
  }
  const { checkpoint, device } = options;
  resolveConfig("tiny", deviceOverride(device)); // refuses an unknown device
  if (checkpoint !== undefined && checkpoint !== "best" && checkpoint !== "last") {
    fail(`--checkpoint is best or last, not "${checkpoint}".`);
  }
  const seed = wholeNumber("seed", options.seed);
  const count = wholeNumber("count", options.count, 1);
  const folder = findRun(run);
  await ensureEngine(validateConfig(readJson(`${folder}/config.json`)).engine);
  const { png, unknown, step } = await sampleStory(folder, options.story, { seed, count, checkpoint, device });
  if (unknown.length > 0) {
    console.error(`not in the vocabulary, all treated as the same unknown word: ${unknown.join(", ")}`);
  }
  const out = options.out ?? relative(Deno.cwd(), `${folder}/samples/story.png`);
  writeAtomic(out, png);
  console.log(
    `generated ${options.story.length} ${
      options.story.length === 1 ? "frame" : "frames"
    } with the weights of step ${step}: ${out}`,
  );
}

if (import.meta.main) await runTask(main, usage);
