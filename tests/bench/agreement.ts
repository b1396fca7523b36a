/**
 * `deno task bench agreement [options] [key=value …]`: whether one training step of ours agrees with one of PyTorch's from
 * the same weights, batch, noise and moments.
 *
 * Compares every number of the report, every gradient, and the change of every parameter, running statistic and average;
 * the measure is the largest difference within a tensor, relative to its largest value. Gradients are computed from Adam's
 * first moments, which start at zero and are then 1 − β₁ times the gradient.
 *
 * PyTorch's step is computed in float64. Where large terms cancel, as in gradients of 1e-9 before a BatchNorm, float32
 * leaves less than three digits; PyTorch's own float32 step measures for each tensor how many.
 */
import { join } from "node:path";
import { type Config, resolveConfig } from "../../src/model/config.ts";
import { fail } from "../../src/base/errors.ts";
import { parseOptions, unknownOption } from "../../src/cli/common/options.ts";
import { runTask } from "../../src/cli/common/run_task.ts";
import { ensureEngine } from "../../src/cli/common/engine.ts";
import { disposeTree, jit, useEngine } from "../../src/engine/mod.ts";
import { systemByName } from "../../src/model/systems/mod.ts";
import type { OursConfig } from "../../src/model/systems/ours/settings.ts";
import { readCheckpoint, readState, type Stored } from "../../src/train/checkpoint.ts";
import { mapNames } from "../../src/train/named.ts";
import { stepScalars, trainingStep } from "../../src/train/step.ts";
import { benchData, readInputs, writeInputs } from "./inputs.ts";
import { findPython, pythonVariable, runScript } from "./python.ts";

export const usage = `Usage: deno task bench agreement [options] [key=value …]

Compares one training step of ours with one of PyTorch's: losses, gradients and new parameters.

  --preset P  a preset; repeatable (default: tiny, and paper with two stories)

Example: deno task bench agreement --preset tiny`;

/** Largest allowed difference within a tensor, relative to its largest value; more only where float32 itself leaves more. */
const TOLERANCE = 1e-3;
/** How many times the rounding error of PyTorch's float32 step ours may have, as sums run in another order. */
const ROUNDING = 4;
/** The most that rounding may excuse. */
const MOST = 0.1;

/** The agreement of one quantity. */
export interface Agreement {
  /** Kind and name, e.g. `gradient/generator.fc.kernel`. */
  name: string;
  /** Largest difference relative to `largest`. */
  error: number;
  /** Largest error that is no disagreement. */
  allowed: number;
  /** Largest magnitude of both sides. */
  largest: number;
}

/**
 * Takes one step on both sides; an engine must be in use.
 *
 * @param python path of a Python with PyTorch
 * @returns every quantity, the largest error first
 */
export async function compareStep(config: Config & OursConfig, python: string): Promise<Agreement[]> {
  const folder = Deno.makeTempDirSync({ prefix: "storyloom-agreement-" });
  try {
    // Steps that are large compared with the rounding of the parameters.
    const train = { ...config.train, learningRateG: 1e-3, learningRateD: 1e-3 };
    await writeInputs(folder, { ...config, train }, { perturbed: true });
    const ours = await stepOfOurs(folder);
    await runScript(python, "agree.py", [folder], "PyTorch's step");
    const stored = (name: string) => readCheckpoint(join(folder, `${name}.safetensors`)).stored;
    const before = stored("inputs");
    const [exact, rounded] = [stored("float64"), stored("float32")].map((after) =>
      quantities(before, after, config.train.beta1)
    ) as [Record<string, Quantity>, Record<string, Quantity>];
    const rounding = new Map(compare(rounded, exact).map(({ name, error }) => [name, error]));
    return compare(quantities(before, ours, config.train.beta1), exact).map((found) => ({
      ...found,
      allowed: Math.max(TOLERANCE, Math.min(MOST, ROUNDING * (rounding.get(found.name) ?? 0))),
    }));
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

/** One step of ours: the report and the new train state, under the names of `inputs.safetensors`. */
async function stepOfOurs(folder: string): Promise<Stored> {
  const { config, step, state, batch, noise, frozen } = readInputs(folder);
  const system = systemByName(config.system);
  const takeStep = jit(trainingStep(system, config, benchData), { name: "agreement" });
  const scalars = stepScalars(system, config, benchData, step);
  const result = takeStep(state, { stories: batch }, noise, scalars, frozen);
  const parts = { report: result.report, ...result.state };
  const stored: Stored = {};
  for (const [part, tensors] of Object.entries(parts)) {
    Object.assign(stored, mapNames(await readState(tensors), (name) => `${part}/${name}`));
  }
  disposeTree([state, batch, noise, scalars, frozen, result.report, result.state]);
  takeStep.dispose();
  return stored;
}

/** One compared tensor: its values, and the difference that the rounding of its source can cause. */
interface Quantity {
  values: Float64Array;
  rounding: number;
}

/** The compared quantities by name: reports, gradients, second moments, and changes since `before`. */
function quantities(before: Stored, after: Stored, beta1: number): Record<string, Quantity> {
  return Object.fromEntries(
    Object.entries(after).map(([path, { data }]): [string, Quantity] => {
      const values = Float64Array.from(data as Float32Array);
      if (path.startsWith("moments/") && path.endsWith(".m")) {
        const name = path.slice("moments/".length, -".m".length);
        return [`gradient/${name}`, { values: values.map((m) => m / (1 - beta1)), rounding: 0 }];
      }
      const start = path.startsWith("report/") ? undefined : before[path]?.data;
      if (!start || path.startsWith("moments/")) return [path, { values, rounding: 0 }];
      const rounding = 2 ** -23 * values.reduce((largest, x) => Math.max(largest, Math.abs(x)), 0);
      return [`move/${path}`, { values: values.map((x, i) => x - Number(start[i])), rounding }];
    }),
  );
}

/** Compares PyTorch's report and the train state of both sides; NaN and missing tensors count as infinite errors. */
function compare(ours: Record<string, Quantity>, theirs: Record<string, Quantity>): Omit<Agreement, "allowed">[] {
  const carried = Object.keys(ours).filter((name) => !name.startsWith("report/"));
  return [...new Set([...carried, ...Object.keys(theirs)])].map((name) => {
    const [a, b] = [ours[name], theirs[name]];
    if (!a || !b || a.values.length !== b.values.length) return { name, error: Infinity, largest: NaN };
    let [difference, largest] = [0, 0];
    for (const [i, x] of a.values.entries()) {
      difference = Math.max(difference, Math.abs(x - b.values[i]!));
      largest = Math.max(largest, Math.abs(x), Math.abs(b.values[i]!));
    }
    const error = Math.max(0, difference - a.rounding) / (largest || 1);
    return { name, error: Number.isFinite(error) ? error : Infinity, largest };
  }).sort((a, b) => b.error - a.error || (a.name < b.name ? -1 : 1));
}

export async function main(args: string[]): Promise<void> {
  const options = parseOptions(args, {
    string: ["preset", "_"],
    collect: ["preset"],
    unknown: unknownOption(["preset"]),
  });
  const python = findPython() ??
    fail(
      `PyTorch is not installed: run deno task bench --setup, or set ${pythonVariable} to a Python that has it.`,
    );
  await ensureEngine("auto");
  await useEngine("auto");
  let disagreeing: Agreement[] = [];
  for (const preset of options.preset.length > 0 ? options.preset : ["tiny", "paper"]) {
    const stories = preset === "paper" ? ["train.batch=2"] : [];
    const config = resolveConfig(preset, [...stories, ...options._.map(String)]) as Config & OursConfig;
    const compared = await compareStep(config, python);
    disagreeing = [...disagreeing, ...compared.filter(({ error, allowed }) => !(error <= allowed))];
    console.log(`${preset}: ${compared.length} quantities; the largest relative differences:`);
    for (const { name, error, allowed, largest } of compared.slice(0, 8)) {
      const numbers = `allowed ${allowed.toExponential(1)}, largest value ${largest.toExponential(1)}`;
      console.log(`  ${error.toExponential(1)}  ${name}  (${numbers})`);
    }
  }
  const [worst] = disagreeing;
  if (worst) {
    const { name, error, allowed } = worst;
    fail(`The two steps disagree: ${name} by ${error.toExponential(1)}, where ${allowed.toExponential(1)} is allowed.`);
  }
}

if (import.meta.main) await runTask(main, usage);
