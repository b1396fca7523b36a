/** `deno task export-weights RUN [options]`: writes a run's generator and text encoder as a file that can ship. */
import { fail } from "../../base/errors.ts";
import { exists } from "../../base/files.ts";
import { fixedCaptions, openStorySet } from "../../data/mod.ts";
import { MANIFEST, preparedFolder } from "../../data/store/manifest.ts";
import type { Config } from "../../model/config.ts";
import { dataRoot, findRun } from "../../records/folder.ts";
import { readRun } from "../../records/read.ts";
import { exportWeights } from "../../runs/shipped/export.ts";
import { ensureEngine } from "../common/engine.ts";
import { checkpointName, parseOptions, unknownOption } from "../common/options.ts";
import { fullPath } from "../common/paths.ts";
import { runTask } from "../common/run_task.ts";

const usage = `Usage: deno task export-weights RUN [options]

Writes model.safetensors, at most 5 MB: the generator's averaged weights, the text encoder and the vocabulary of a finished
run; and beside it a model card, readme.md. deno task sample without a run, and the notebooks, then draw with them.

  RUN             folder, name or number of a finished training run
  --checkpoint C  best, last, or a kept one such as step-1000 (default: best, if there is one)
  --dtype D       float32 or float16 (default: float32 if the file then fits). The card of a float16 file states by how
                  much rounding changes pixels of the first 10 test stories, where the data set is prepared here.
  --out DIR       folder to write to (default: data/weights/SET; git keeps data/weights/clipart)

Example: deno task export-weights 2`;

const texts = ["checkpoint", "dtype", "out"] as const;

/** How many test stories are drawn with rounded and unrounded weights. */
const comparedStories = 10;

async function main(args: string[]): Promise<void> {
  const options = parseOptions(args, { string: [...texts, "_"] as const, unknown: unknownOption(texts) });
  const [run, extra] = options._.map(String);
  if (run === undefined) fail("Name the run whose weights are exported: deno task export-weights RUN.");
  if (extra !== undefined) fail(`Cannot read "${extra}": one run, then options.`);
  const { dtype, out } = options;
  const checkpoint = checkpointName(options.checkpoint);
  if (dtype !== undefined && dtype !== "float32" && dtype !== "float16") {
    fail(`--dtype is float32 or float16, not "${dtype}".`);
  }
  const folder = findRun(run);
  const { config } = readRun(folder);
  const written = await exportWeights(folder, { checkpoint, dtype, out, stories: () => testStories(config) });
  console.log(`${fullPath(written.file)}: ${(written.bytes / 1e6).toFixed(2)} MB, ${written.dtype}`);
  console.log(`SHA-256 ${written.sha256}`);
  console.log(`model card: ${fullPath(written.card)}`);
}

/** The first test stories of a run's data set; none where it is not prepared here. */
async function testStories(config: Config): Promise<string[][]> {
  if (!exists(`${preparedFolder(config.data.name, dataRoot())}/${MANIFEST}`)) return [];
  await ensureEngine(config.engine);
  const set = await openStorySet(config.data.name, dataRoot());
  return set.split("test").slice(0, comparedStories).map((story) => fixedCaptions(story, config));
}

if (import.meta.main) await runTask(main, usage);
