/** `deno task params [options] [key=value …]`: trainable parameters by part, beside Table 1 of the paper. */
import { presetNames } from "../../base/config.ts";
import { resolveConfig } from "../../model/config.ts";
import { parseOptions, unknownOption } from "../common/options.ts";
import { recordedPaths } from "../common/paths.ts";
import { runTask } from "../common/run_task.ts";
import { paramsReport, paramsTable } from "./parameter_report.ts";

const usage = `Usage: deno task params [options] [key=value …]

Counts the trainable parameters of a configuration by part, beside Table 1 of the paper.

  --preset NAME     ${presetNames.join(", ")} (default: paper)
  --set KEY=VALUE   a config key, e.g. --set model.db.g=none; repeatable, "--set" may be omitted
  --json            print the counts as JSON

Example: deno task params --preset tiny model.db.g=none`;

function main(args: string[]): Promise<void> {
  const options = parseOptions(args, {
    string: ["preset", "set", "_"],
    boolean: ["json"],
    collect: ["set"],
    default: { preset: "paper" },
    unknown: unknownOption(["preset", "set", "json"]),
  });
  const overrides = recordedPaths([...options.set, ...options._].map(String));
  const report = paramsReport(resolveConfig(options.preset, overrides));
  console.log(options.json ? JSON.stringify(report) : paramsTable(report));
  return Promise.resolve();
}

if (import.meta.main) await runTask(main, usage);
