/**
 * `deno task attention RUN [options]`: attention maps of the words of captions over the regions of their pictures, by the
 * encoders of a pre-training run.
 */
import { fail } from "../../base/errors.ts";
import { drawAttention } from "../../runs/sampling/draw_attention.ts";
import { findRun } from "../../records/folder.ts";
import { parseOptions, unknownOption } from "../common/options.ts";
import { fullPath } from "../common/paths.ts";
import { runTask } from "../common/run_task.ts";

const usage = `Usage: deno task attention RUN [options]

Draws, for each word of a caption, the regions of the picture that it attends to (DAMSM).

  RUN         folder, name or number of a pre-training run
  --story ID  all frames of one story, e.g. val-00017 (default: one frame of each of the first validation stories)
  --out FILE  PNG file to write (default: samples/attention.png in the run, or samples/attention-ID.png)

Example: deno task attention 1 --story val-00017`;

async function main(args: string[]): Promise<void> {
  const options = parseOptions(args, {
    string: ["story", "out", "_"],
    unknown: unknownOption(["story", "out"]),
  });
  const [run, ...more] = options._.map(String);
  if (run === undefined) fail("Name the pre-training run: deno task attention RUN (folder, name or number).");
  if (more.length > 0) fail(`Cannot read "${more[0]}": one run, then options.`);
  console.log(`word attention: ${fullPath(await drawAttention(findRun(run), options))}`);
}

if (import.meta.main) await runTask(main, usage);
