/**
 * `deno task bench frechet [options]`: time, memory and precision of the Fréchet distance beside scipy's. README.md here
 * describes how.
 */
import { join, relative } from "node:path";
import { fail } from "../../src/base/errors.ts";
import { projectRoot, writeAtomic } from "../../src/base/files.ts";
import { random } from "../../src/base/random.ts";
import { encodeSafetensors, type StoredTensor } from "../../src/formats/safetensors.ts";
import { parseOptions, unknownOption, wholeNumber } from "../../src/cli/common/options.ts";
import { runTask } from "../../src/cli/common/run_task.ts";
import { ensureEngine } from "../../src/cli/common/engine.ts";
import { useEngine } from "../../src/engine/mod.ts";
import { influenceInterval } from "../../src/metrics/bootstrap.ts";
import type { Features } from "../../src/metrics/features.ts";
import { frechet } from "../../src/metrics/frechet.ts";
import { frechetInfluence } from "../../src/metrics/frechet_influence.ts";
import { kidInfluence } from "../../src/metrics/kid.ts";
import { describeMachine } from "./machine.ts";
import { findPython, pythonVariable, runScript } from "./python.ts";

export const usage = `Usage: deno task bench frechet [options]

Measures the Fréchet distance between random feature vectors, by ours and by scipy.

  --rows N      vectors on each side (default: 10000)
  --width D     length of a vector (default: 2048)
  --no-scipy    only ours

Example: deno task bench frechet --rows 1000 --width 256`;

/** Vectors distributed like Inception's features: not negative, a few components large and most small. */
export function randomFeatures(name: string, rows: number, width: number, scale: number): Features {
  const values = random(1, "bench", name).normals(rows * width);
  for (let i = 0; i < values.length; i++) values[i] = scale * Math.abs(values[i]!) / (1 + (i % width) / 50);
  return { values, width, rows: 5 };
}

/** The result of scipy. */
export interface ScipyDistance {
  value: number;
  seconds: number;
  peakMB: number;
  version: string;
}

/** The distance by scipy, in its own process. @throws UserError when the Python has no scipy. */
export async function scipyDistance(python: string, real: Features, generated: Features): Promise<ScipyDistance> {
  const folder = await Deno.makeTempDir();
  try {
    const tensor = ({ values, width }: Features): StoredTensor => {
      return { dtype: "F32", shape: [values.length / width, width], data: values };
    };
    await Deno.writeFile(
      `${folder}/f.safetensors`,
      encodeSafetensors({ real: tensor(real), generated: tensor(generated) }),
    );
    return JSON.parse(await runScript(python, "frechet.py", [`${folder}/f.safetensors`], "scipy's side"));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function timed<T>(work: () => T): { result: T; seconds: number } {
  const start = performance.now();
  const result = work();
  return { result, seconds: (performance.now() - start) / 1000 };
}

/** Peak resident memory of this process in MB, from the system. */
function peakMB(): number {
  return Number(/VmHWM:\s+(\d+)/.exec(Deno.readTextFileSync("/proc/self/status"))?.[1]) / 1e3;
}

export async function main(args: string[]): Promise<void> {
  const options = parseOptions(args, {
    string: ["rows", "width"],
    boolean: ["scipy"],
    negatable: ["scipy"],
    default: { scipy: true },
    unknown: unknownOption(["rows", "width", "scipy", "no-scipy"]),
  });
  const [rows, width] = [
    wholeNumber("rows", options.rows, 1) ?? 10_000,
    wholeNumber("width", options.width, 1) ?? 2048,
  ];
  const python = options.scipy ? findPython() : undefined;
  if (options.scipy && !python) {
    fail(`There is no Python with scipy: set ${pythonVariable} to one, or measure only ours with --no-scipy.`);
  }
  await ensureEngine("auto");
  const engine = await useEngine("auto");
  // "drawn" names the random stream, so that results stay comparable with earlier ones.
  const [real, generated] = [randomFeatures("real", rows, width, 1), randomFeatures("drawn", rows, width, 1.2)];

  const distance = timed(() => frechet(real, generated));
  const distancePeakMB = peakMB();
  const influence = timed(() => frechetInfluence(real, generated));
  const kid = timed(() => kidInfluence(real, generated));
  const bootstrap = timed(() => influenceInterval(influence.result, true, { seed: 1 }));
  const scipy = python ? await scipyDistance(python, real, generated) : undefined;
  const result = {
    rows,
    width,
    frechet: { value: distance.result, seconds: distance.seconds, peakMB: distancePeakMB },
    influence: { value: influence.result.value, seconds: influence.seconds },
    bootstrapSeconds: bootstrap.seconds,
    kid: { value: kid.result.value, seconds: kid.seconds },
    ...(scipy ? { scipy, relativeDifference: Math.abs(distance.result - scipy.value) / scipy.value } : {}),
  };
  console.log(JSON.stringify(result, null, 2));
  const path = join(projectRoot, "tests", "bench", "results", `frechet-${navigator.hardwareConcurrency}-cores.json`);
  writeAtomic(path, JSON.stringify({ machine: describeMachine(), engine: engine.version, ...result }, null, 2) + "\n");
  console.log(`written to ${relative(Deno.cwd(), path)}`);
}

if (import.meta.main) await runTask(main, usage);
