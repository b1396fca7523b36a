/**
 * `deno task bench features [options]`: whether our feature networks agree with PyTorch's, and how many pictures per
 * second each processes. README.md here describes how.
 */
import { availableParallelism } from "node:os";
import { join, relative } from "node:path";
import { fail } from "../../src/base/errors.ts";
import { projectRoot, writeAtomic } from "../../src/base/files.ts";
import { random } from "../../src/base/random.ts";
import { decodeSafetensors, encodeSafetensors, type StoredTensor } from "../../src/formats/safetensors.ts";
import { parseOptions, unknownOption, wholeNumber } from "../../src/cli/common/options.ts";
import { runTask } from "../../src/cli/common/run_task.ts";
import { ensureEngine } from "../../src/cli/common/engine.ts";
import { table } from "../../src/cli/common/table.ts";
import { tf, useEngine } from "../../src/engine/mod.ts";
import { openNetwork } from "../../src/metrics/networks.ts";
import { publishedInception } from "../../src/model/pretrained/inception/weights.ts";
import { publishedR2plus1d } from "../../src/model/pretrained/r2plus1d/weights.ts";
import { describeMachine } from "./machine.ts";
import { findPython, pythonVariable, runScript, torchFolder } from "./python.ts";
import { type Side, startSide } from "./side.ts";
import { compareTimes, median } from "./statistics.ts";

export const usage = `Usage: deno task bench features [options]

Compares the features of our networks with PyTorch's, and their speed.

  --stories N      stories of five frames; pictures for inception (default: 64)
  --rounds N       timed rounds; 0 only compares the features (default: 3)
  --batch N        our batch, in stories or pictures (default: 8)
  --torch-batch N  PyTorch's batch (default: 8)
  --torchvision    compare with torchvision's R(2+1)D-18 (default: with torch/networks.py)

Example: deno task bench features --stories 16 --rounds 0`;

/** Largest allowed difference of a feature, relative to the largest feature. */
export const TOLERANCE = 1e-4;

export const compared = ["inception-2015-12-05", "r2plus1d-18.published", "r2plus1d-18.kinetics"];

/** Files that both sides read: weights with the published names and shapes, and stories with values in [-1, 1]. */
export interface Inputs {
  weights: string;
  images: string;
}

/** Random weights that keep activations in range: He initialisation for kernels, BatchNorms away from 0 and 1. */
function randomWeights(shapes: Record<string, number[]>): Record<string, StoredTensor> {
  return Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => {
      const stream = random(1, "bench", name);
      const size = shape.reduce((a, b) => a * b, 1);
      const [mean, std] = shape.length > 1
        ? [0, Math.sqrt(2 * shape[0]! / size)]
        : name.endsWith(".weight")
        ? [0.7, 0.1]
        : [name.endsWith("_var") ? 1 : 0, 0.1];
      return [name, { dtype: "F32", shape, data: stream.normals(size, mean, std) }];
    }),
  );
}

/** Writes random weights and pictures for a network of this name. */
export function writeInputs(folder: string, name: string, shape: [number, number, number, number]): Inputs {
  const { shapes } = name.startsWith("inception") ? publishedInception("fid") : publishedR2plus1d();
  const size = shape.reduce((a, b) => a * b, 3);
  const images: StoredTensor = {
    dtype: "F32",
    shape: [...shape, 3],
    data: random(1, "bench", "images").uniforms(size).map((u) => 2 * u - 1),
  };
  const paths = { weights: `${folder}/weights.safetensors`, images: `${folder}/images.safetensors` };
  Deno.writeFileSync(paths.weights, encodeSafetensors(randomWeights(shapes)));
  Deno.writeFileSync(paths.images, encodeSafetensors({ images }));
  return paths;
}

/** Opens our network; `compute` returns the features of all images, computed `batch` stories at a time. */
export async function openOurs(name: string, { weights, images }: Inputs, batch: number) {
  const { tensors } = decodeSafetensors(Deno.readFileSync(images), images);
  const { shape, data } = tensors.images!;
  const [stories, ...one] = shape as [number, number, number, number, number];
  const size = one.reduce((a, b) => a * b, 1);
  const network = await openNetwork(name, { weights });
  return {
    async compute(): Promise<Float32Array> {
      const parts: number[] = [];
      for (let at = 0; at < stories; at += batch) {
        const count = Math.min(batch, stories - at);
        const part = tf.tensor((data as Float32Array).slice(at * size, (at + count) * size), [count, ...one]);
        const features = network.features(part);
        parts.push(...await features.data<"float32">());
        tf.dispose([part, features]);
      }
      return Float32Array.from(parts);
    },
    dispose: () => network.dispose(),
  };
}

/** PyTorch's features of the same images, in double precision. */
export async function torchFeatures(python: string, name: string, folder: string, inputs: Inputs, torchvision = false) {
  const out = `${folder}/torch.safetensors`;
  const option = torchvision && !name.startsWith("inception") ? ["--torchvision"] : [];
  const args = [name, inputs.weights, inputs.images, out, ...option];
  await runScript(python, "features.py", args, "PyTorch's features");
  return decodeSafetensors(Deno.readFileSync(out), out).tensors.features!.data as Float32Array;
}

/** The largest difference relative to the largest feature; infinite for NaN or a different number of features. */
export function difference(ours: Float32Array, theirs: Float32Array): number {
  if (ours.length !== theirs.length) return Infinity;
  const largest = theirs.reduce((largest, x) => Math.max(largest, Math.abs(x)), 0);
  const apart = ours.reduce((most, x, i) => Math.max(most, Math.abs(x - theirs[i]!)), 0);
  return Number.isFinite(apart / largest) ? apart / largest : Infinity;
}

/** Milliseconds of both sides for all images, in turn. */
async function time(compute: () => Promise<unknown>, torch: Side, rounds: number) {
  const times = { ours: [] as number[], torch: [] as number[] };
  await compute(); // compiles
  for (let round = 0; round < rounds; round++) {
    await new Promise((resolve) => setTimeout(resolve, 300)); // PyTorch's threads spin for a while
    const start = performance.now();
    await compute();
    times.ours.push(performance.now() - start);
    times.torch.push(await torch.run());
  }
  return times;
}

export async function main(args: string[]): Promise<void> {
  const options = parseOptions(args, {
    string: ["stories", "rounds", "batch", "torch-batch"],
    boolean: ["torchvision"],
    unknown: unknownOption(["stories", "rounds", "batch", "torch-batch", "torchvision"]),
  });
  const stories = wholeNumber("stories", options.stories, 1) ?? 64;
  const rounds = wholeNumber("rounds", options.rounds) ?? 3;
  const batch = wholeNumber("batch", options.batch, 1) ?? 8;
  const torchBatch = wholeNumber("torch-batch", options["torch-batch"], 1) ?? 8;
  const python = findPython() ??
    fail(`PyTorch is not installed: run deno task bench --setup, or set ${pythonVariable} to a Python that has it.`);
  await ensureEngine("xla");
  await useEngine("xla", { precision: "float32" });
  const results = [];
  for (const name of compared) {
    const folder = Deno.makeTempDirSync({ prefix: "storyloom-features-" });
    try {
      console.error(`measuring ${name}`);
      const frames = name.startsWith("inception") ? 1 : 5;
      const inputs = writeInputs(folder, name, [stories, frames, 64, 64]);
      const { compute, dispose } = await openOurs(name, inputs, batch);
      const error = difference(await compute(), await torchFeatures(python, name, folder, inputs, options.torchvision));
      const side = ["--batch", String(torchBatch)];
      const torch = rounds > 0
        ? await startSide("PyTorch", python, [
          `${torchFolder}/features.py`,
          name,
          inputs.weights,
          inputs.images,
          ...side,
        ])
        : undefined;
      const times = torch && await time(compute, torch, rounds).finally(torch.close);
      dispose();
      results.push({ name, stories, pictures: stories * frames, error, times, torch: torch?.ready.version });
    } finally {
      Deno.removeSync(folder, { recursive: true });
    }
  }
  const rate = (pictures: number, times: number[] | undefined) =>
    times ? (1000 * pictures / median(times)).toFixed(1) : "";
  console.log(table(
    ["pictures per second", "ours", "PyTorch", "ours / PyTorch", "largest difference"],
    results.map(({ name, pictures, error, times }) => [
      name,
      rate(pictures, times?.ours),
      rate(pictures, times?.torch),
      times ? compareTimes(times.ours, times.torch).ratio.toFixed(2) : "",
      error.toExponential(1),
    ]),
  ));
  const worst = Math.max(...results.map(({ error }) => error));
  if (!(worst <= TOLERANCE)) fail(`The networks disagree: ${worst.toExponential(1)}, where ${TOLERANCE} is allowed.`);
  if (rounds === 0) return;
  const path = join(projectRoot, "tests", "bench", "results", `features-${availableParallelism()}-cores.json`);
  const record = { time: new Date().toISOString(), machine: describeMachine(), batch, torchBatch, results };
  writeAtomic(path, JSON.stringify(record, null, 2) + "\n");
  console.log(`written to ${relative(Deno.cwd(), path)}`);
}

if (import.meta.main) await runTask(main, usage);
