/**
 * `deno task inspect RUN [options]`: generated stories, selections, attention maps and failures of a run, as small files in
 * its folder that figures are made from.
 */
import { resolveConfig, validateConfig } from "../../model/config.ts";
import { fail } from "../../base/errors.ts";
import { readJson } from "../../base/files.ts";
import { counted, fixed } from "../../base/text.ts";
import { findRun } from "../../records/folder.ts";
import type { Inspection } from "../../records/inspection.ts";
import { inspectRun } from "../../evaluation/inspect/inspect.ts";
import { ensureEngine } from "../common/engine.ts";
import { deviceOverride, parseOptions, unknownOption, wholeNumber } from "../common/options.ts";
import { fullPath } from "../common/paths.ts";
import { runTask } from "../common/run_task.ts";
import { table } from "../common/table.ts";

const usage = `Usage: deno task inspect RUN [options]

Writes inspection/ into the run folder, replacing an earlier one: generated stories, what the selectors choose, attention
maps, and the stories with the lowest scores.

  RUN               folder, name or number of a training run, with its checkpoints
  --stories N       number of stories shown (default: 3)
  --split S         test or val (default: test)
  --classifier RUN  classifier that scores the stories (default: the latest one of the same data, or else the
                    run's text encoder)
  --device D        cpu, cuda or cuda:N (default: the run's device)

Example: deno task inspect 2 --stories 5`;

const texts = ["stories", "split", "classifier", "device"] as const;

async function main(args: string[]): Promise<void> {
  const { _: bare, ...given } = parseOptions(args, {
    string: [...texts, "_"] as const,
    unknown: unknownOption(texts),
  });
  const [run, extra] = bare.map(String);
  if (run === undefined) fail("Name the run to inspect: deno task inspect RUN (folder, name or number).");
  if (extra !== undefined) fail(`Cannot read "${extra}": one run, then options.`);
  const { split = "test", device } = given;
  if (split !== "test" && split !== "val") fail(`--split is test or val, not "${split}".`);
  resolveConfig("tiny", deviceOverride(device)); // refuses an unknown device
  const stories = wholeNumber("stories", given.stories, 1);
  const classifier = given.classifier === undefined ? undefined : findRun(given.classifier);
  const folder = findRun(run);
  await ensureEngine(validateConfig(readJson(`${folder}/config.json`)).engine);
  const found = await inspectRun(folder, { stories, split, classifier, device, say: console.log });
  console.log(selections(found));
  const { failures: { score, mean, judged, failures } } = found;
  console.log(
    `lowest scores of ${counted(judged, "story", "stories")} by ${score.metric} (mean ${fixed(mean, 1)}): ${
      failures.map(({ id, score }) => `${id} ${fixed(score, 1)}`).join(", ")
    }`,
  );
  console.log(`stories, selections, attention maps and failures: ${fullPath(found.folder)}`);
}

/** The selections of every dynamic block by level of detail, as a table. */
function selections({ selectors: { blocks, fixed, levels } }: Inspection): string {
  if (blocks.length === 0) {
    const others = fixed.map(({ block, mode }) => `${block} uses ${mode} alone`).join(", ");
    return `no block has a selector${others === "" ? ": the run has no dynamic block" : ` (${others})`}`;
  }
  const cell = ({ mean, sd, chosen }: { mean: number; sd: number; chosen: number }) =>
    `${mean.toFixed(3)} ± ${sd.toFixed(3)}, ${(100 * chosen).toFixed(0)} %`;
  return table(
    ["w ± sd, frames with SA", ...levels],
    blocks.map(({ block, pictures, levels: of }) => [
      `${block}, ${pictures} frames`,
      ...levels.map((level) => cell(of[level]!)),
    ]),
  );
}

if (import.meta.main) await runTask(main, usage);
