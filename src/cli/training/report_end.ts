/** The last lines of a training task: how the run ended, where its files are, and what can be done next. */
import { readStatus } from "../../records/status.ts";
import { sampleName } from "../../runs/sampling/sample_grid.ts";
import type { RunEnd } from "../../runs/train.ts";
import { interruptedCode } from "../common/interrupt.ts";
import { fullPath } from "../common/paths.ts";

/** Prints the end of a run; sets the exit code of an interrupted one. */
export function reportEnd({ folder, end }: RunEnd): void {
  const shown = fullPath(folder);
  const name = folder.slice(folder.lastIndexOf("/") + 1);
  const { kind } = readStatus(folder);
  if (end.state === "interrupted") {
    console.log(`interrupted at step ${end.step}, which is saved in ${shown}`);
    console.log(`continue with: deno task resume ${name}${kind === "damsm" ? " (or deno task train)" : ""}`);
    Deno.exitCode = interruptedCode;
    return;
  }
  const best = end.best ? `, best.safetensors (step ${end.best.step})` : "";
  console.log(`finished step ${end.step} of ${shown}`);
  if (kind === "gan") console.log(`  sample grid  ${shown}/samples/${sampleName(end.step)}, real.png beside it`);
  else if (kind === "classifier") console.log(`  real frames  ${shown}/classifier.json`);
  else console.log(`  attention    ${shown}/samples/attention.png, R-precision in r-precision.json`);
  console.log(`  metrics      ${shown}/metrics.jsonl`);
  console.log(`  checkpoints  ${shown}/checkpoints/last.safetensors${best}`);
  if (kind === "classifier") return console.log(`evaluate with it: deno task evaluate RUN --classifier ${name}`);
  if (kind === "damsm") return console.log(`train with it: deno task train --encoder ${name}`);
  console.log(`generate a story: deno task sample ${name} --story "A first sentence." --story "A second one."`);
  console.log(`train longer:     deno task resume ${name} --set train.steps=${2 * end.step}`);
}
