/**
 * `deno task engine [--missing] [--json]`: the kernels of each engine by the registry of tfjs: native, composed of other
 * tfjs ops, or missing.
 */
import { type KernelRow, kernelTable } from "../../engine/mod.ts";
import { parseOptions, unknownOption } from "../common/options.ts";
import { runTask } from "../common/run_task.ts";
import { table } from "../common/table.ts";

const usage = `Usage: deno task engine [options]

Shows the kernels of each engine: native, composed of other ops, or missing, and whether they have a gradient.

  --missing  only kernels that are missing in some engine
  --json     print the table as JSON

Example: deno task engine --missing`;

/** The table as text, with a line of totals below. */
export function kernelText(rows: KernelRow[]): string {
  const engines = Object.keys(rows[0]?.engines ?? {});
  const lines = rows.map(({ kernel, gradient, engines, reason }) => [
    kernel,
    ...Object.values(engines),
    gradient ? "yes" : "",
    reason ?? "",
  ]);
  const count = (engine: string, status: string) => rows.filter((row) => row.engines[engine] === status).length;
  const totals = engines.map((engine) =>
    `${engine}: ${count(engine, "native")} native, ${count(engine, "composed")} composed, ${
      count(engine, "missing")
    } missing`
  );
  return [table(["kernel", ...engines, "gradient", "why xla has none"], lines, { dense: true }), ...totals].join("\n");
}

function main(args: string[]): Promise<void> {
  const options = parseOptions(args, {
    boolean: ["json", "missing"],
    unknown: unknownOption(["json", "missing"]),
  });
  const rows = kernelTable().filter(({ engines }) => {
    return !options.missing || Object.values(engines).includes("missing");
  });
  console.log(options.json ? JSON.stringify(rows, null, 2) : kernelText(rows));
  return Promise.resolve();
}

if (import.meta.main) await runTask(main, usage);
