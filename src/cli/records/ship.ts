/** `deno task export-weights RUN [options]`: writes a run's generator and text encoder as a file that can ship. */
import { parseArgs } from "@std/cli";
import { fail } from "../../base/errors.ts";
import { findRun } from "../../records/folder.ts";
import { exportWeights } from "../../runs/shipped/export.ts";
import { checkpointName, shownPath, unknownOption } from "../common/options.ts";
import { runTask } from "../common/run_task.ts";

const usage = `Usage: deno task export-weights RUN [options]

Writes model.safetensors, at most 5 MB: the generator's averaged weights, the text encoder and the vocabulary of a finished
run; and beside it a model card, readme.md. deno task sample without a run, and the notebooks, then draw with them.

  RUN             folder, name or number of a finished training run
  --checkpoint C  best, last, or a kept one such as step-1000 (default: best, if there is one)
  --dtype D       float32 or float16 (default: float32 if the file then fits)
  --out DIR       folder to write to (default: data/weights/SET; git keeps data/weights/clipart)

Example: deno task export-weights 2`;

const texts = ["checkpoint", "dtype", "out"] as const;

function main(args: string[]): Promise<void> {
  const options = parseArgs(args, { string: [...texts, "_"] as const, unknown: unknownOption(texts) });
  const [run, extra] = options._.map(String);
  if (run === undefined) fail("Name the run whose weights are exported: deno task export-weights RUN.");
  if (extra !== undefined) fail(`Cannot read "${extra}": one run, then options.`);
  const { dtype, out } = options;
  const checkpoint = checkpointName(options.checkpoint);
  if (dtype !== undefined && dtype !== "float32" && dtype !== "float16") {
    fail(`--dtype is float32 or float16, not "${dtype}".`);
  }
  const written = exportWeights(findRun(run), { checkpoint, dtype, out });
  console.log(`${shownPath(written.file)}: ${(written.bytes / 1e6).toFixed(2)} MB, ${written.dtype}`);
  console.log(`SHA-256 ${written.sha256}`);
  console.log(`model card: ${shownPath(written.card)}`);
  return Promise.resolve();
}

if (import.meta.main) await runTask(main, usage);
