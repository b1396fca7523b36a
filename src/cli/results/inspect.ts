/**
 * `deno task inspect RUN [--stories N] [--split test]`: what a run draws, chooses, looks at and fails at, as small files in
 * its folder that figures are drawn from.
 */
import { parseArgs } from "@std/cli";
import { resolveConfig, validateConfig } from "../../model/config.ts";
import { fail } from "../../base/errors.ts";
import { readJson } from "../../base/files.ts";
import { findRun } from "../../records/folder.ts";
import type { Inspection } from "../../records/inspection.ts";
import { inspectRun } from "../../evaluation/inspect/inspect.ts";
import { deviceOverride, shownPath, unknownOption, wholeNumber } from "../common/options.ts";
import { runTask } from "../common/run_task.ts";
import { ensureEngine } from "../machine/setup.ts";
import { table } from "../common/table.ts";

const usage = `Usage: deno task inspect RUN [options]

  RUN               folder, name or number of a run that draws, with its checkpoints
  --stories N       stories that are shown (default: 3)
  --split S         test or val (default: test)
  --classifier RUN  the classifier that finds the worst stories (default: the latest of the same data, or else the
                    run's text encoder)
  --device D        cpu, cuda or cuda:N (default: the run's)

Writes inspection/ into the run folder, in place of an earlier one.`;

const texts = ["stories", "split", "classifier", "device"] as const;

async function main(args: string[]): Promise<void> {
  const { _: bare, ...given } = parseArgs(args, {
    string: [...texts, "_"] as const,
    unknown: unknownOption(texts),
  });
  const [run, extra] = bare.map(String);
  if (run === undefined) fail("Name what is inspected: deno task inspect RUN (folder, name or number).");
  if (extra !== undefined) fail(`Cannot read "${extra}": one run, then options.`);
  const { split = "test", device } = given;
  if (split !== "test" && split !== "val") fail(`--split is test or val, not "${split}".`);
  resolveConfig("tiny", deviceOverride(device)); // refuses what is no device
  const stories = wholeNumber("stories", given.stories, 1);
  const classifier = given.classifier === undefined ? undefined : findRun(given.classifier);
  const folder = findRun(run);
  await ensureEngine(validateConfig(readJson(`${folder}/config.json`)).engine);
  const found = await inspectRun(folder, { stories, split, classifier, device, say: console.log });
  console.log(choices(found));
  const { failures: { score, mean, judged, failures } } = found;
  console.log(
    `worst of ${judged} by ${score.metric} (mean ${mean.toFixed(1)}): ${
      failures.map(({ id, score }) => `${id} ${score.toFixed(1)}`).join(", ")
    }`,
  );
  console.log(`stories, choices, looks and failures: ${shownPath(found.folder)}`);
}

/** p(SA) of every block by level of detail, as a table. */
function choices({ selectors: { blocks, fixed, levels } }: Inspection): string {
  if (blocks.length === 0) {
    const others = fixed.map(({ block, mode }) => `${block} is ${mode} alone`).join(", ");
    return `no block chooses${others === "" ? ": the run has no dynamic block" : ` (${others})`}`;
  }
  const cell = ({ mean, sd, chosen }: { mean: number; sd: number; chosen: number }) =>
    `${mean.toFixed(3)} ± ${sd.toFixed(3)}, ${(100 * chosen).toFixed(0)} %`;
  return table(
    ["p(SA) ± sd, frames that take SA", ...levels],
    blocks.map(({ block, pictures, levels: of }) => [
      `${block}, ${pictures} frames`,
      ...levels.map((level) => cell(of[level]!)),
    ]),
  );
}

if (import.meta.main) await runTask(main, usage);
