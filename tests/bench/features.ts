/**
 * `deno task bench features [--stories N]`: whether our feature networks and PyTorch's see the same, and how
 * many pictures a second each sees. README.md here says how.
 */
import { parseArgs } from "@std/cli";
import { availableParallelism } from "node:os";
import { join, relative } from "node:path";
import { fail } from "../../src/base/errors.ts";
import { projectRoot, writeAtomic } from "../../src/base/files.ts";
import { random } from "../../src/base/random.ts";
import { decodeSafetensors, encodeSafetensors, type StoredTensor } from "../../src/formats/safetensors.ts";
import { unknownOption, wholeNumber } from "../../src/cli/common/options.ts";
import { runTask } from "../../src/cli/common/run_task.ts";
import { ensureEngine } from "../../src/cli/common/engine.ts";
import { table } from "../../src/cli/common/table.ts";
import { tf, useEngine } from "../../src/engine/mod.ts";
import { openNetwork } from "../../src/metrics/networks.ts";
import { publishedInception } from "../../src/model/pretrained/inception/weights.ts";
import { publishedR2plus1d } from "../../src/model/pretrained/r2plus1d/weights.ts";
import { describeMachine } from "./machine.ts";
import { findPython, pythonVariable, torchFolder } from "./python.ts";
import { type Side, startSide } from "./side.ts";
import { compareTimes, median } from "./statistics.ts";

export const usage = `Usage: deno task bench features [options]

  --stories N     stories of five frames that both see (default: 64; inception takes N pictures)
  --rounds N      timed rounds (default: 3); 0 compares the features only
  --batch N       of ours, stories; inception takes as many pictures (default: 8)
  --torch-batch N of PyTorch's (default: 8)
  --torchvision   PyTorch's R(2+1)D-18 is torchvision's, where features are compared`;

/** What every feature must agree to, relative to the largest. */
export const TOLERANCE = 1e-4;

export const compared = ["inception-2015-12-05", "r2plus1d-18.published", "r2plus1d-18.kinetics"];

/** Files that both sides read: weights with the published names and shapes, and stories in [-1, 1]. */
export interface Inputs {
  weights: string;
  images: string;
}

/** Random weights that keep activations alive: He's normals for kernels, BatchNorms away from 0 and 1. */
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

/** Writes what a network of this name is compared by. */
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

/** Opens our side: all features of the images, `batch` stories at a time, and the sum of them. */
export async function seeOurs(name: string, { weights, images }: Inputs, batch: number) {
  const { tensors } = decodeSafetensors(Deno.readFileSync(images), images);
  const { shape, data } = tensors.images!;
  const [stories, ...one] = shape as [number, number, number, number, number];
  const size = one.reduce((a, b) => a * b, 1);
  const network = await openNetwork(name, { weights });
  return {
    async see(): Promise<Float32Array> {
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

/** PyTorch's features of the same, in double precision. */
export async function seeTorch(python: string, name: string, folder: string, inputs: Inputs, torchvision = false) {
  const out = `${folder}/torch.safetensors`;
  const { success, stderr } = await new Deno.Command(python, {
    args: [`${torchFolder}/features.py`, name, inputs.weights, inputs.images, out].concat(
      torchvision && !name.startsWith("inception") ? ["--torchvision"] : [],
    ),
    stdin: "null",
  }).output();
  if (!success) fail(`PyTorch's features failed: ${new TextDecoder().decode(stderr).trim().split("\n").at(-1)}`);
  return decodeSafetensors(Deno.readFileSync(out), out).tensors.features!.data as Float32Array;
}

/** The largest difference relative to the largest feature; infinite for NaN or another number of features. */
export function difference(ours: Float32Array, theirs: Float32Array): number {
  if (ours.length !== theirs.length) return Infinity;
  const largest = theirs.reduce((largest, x) => Math.max(largest, Math.abs(x)), 0);
  const apart = ours.reduce((most, x, i) => Math.max(most, Math.abs(x - theirs[i]!)), 0);
  return Number.isFinite(apart / largest) ? apart / largest : Infinity;
}

/** Milliseconds of both sides for all images, in turn. */
async function time(see: () => Promise<unknown>, torch: Side, rounds: number) {
  const times = { ours: [] as number[], torch: [] as number[] };
  await see(); // compiles
  for (let round = 0; round < rounds; round++) {
    await new Promise((resolve) => setTimeout(resolve, 300)); // PyTorch's threads spin for a while
    const start = performance.now();
    await see();
    times.ours.push(performance.now() - start);
    times.torch.push(await torch.work());
  }
  return times;
}

export async function main(args: string[]): Promise<void> {
  const options = parseArgs(args, {
    string: ["stories", "rounds", "batch", "torch-batch"],
    boolean: ["torchvision"],
    unknown: unknownOption(["stories", "rounds", "batch", "torch-batch", "torchvision"]),
  });
  const stories = wholeNumber("stories", options.stories, 1) ?? 64;
  const rounds = wholeNumber("rounds", options.rounds) ?? 3;
  const batch = wholeNumber("batch", options.batch, 1) ?? 8;
  const torchBatch = wholeNumber("torch-batch", options["torch-batch"], 1) ?? 8;
  const python = findPython() ??
    fail(`There is no PyTorch for the bench: deno task bench --setup, or let ${pythonVariable} name a Python with it.`);
  await ensureEngine("xla");
  await useEngine("xla", { precision: "float32" });
  const results = [];
  for (const name of compared) {
    const folder = Deno.makeTempDirSync({ prefix: "storyloom-features-" });
    try {
      console.error(`seeing by ${name}`);
      const frames = name.startsWith("inception") ? 1 : 5;
      const inputs = writeInputs(folder, name, [stories, frames, 64, 64]);
      const { see, dispose } = await seeOurs(name, inputs, batch);
      const error = difference(await see(), await seeTorch(python, name, folder, inputs, options.torchvision));
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
      const times = torch && await time(see, torch, rounds).finally(torch.close);
      dispose();
      results.push({ name, stories, pictures: stories * frames, error, times, torch: torch?.ready.version });
    } finally {
      Deno.removeSync(folder, { recursive: true });
    }
  }
  const rate = (pictures: number, times: number[] | undefined) =>
    times ? (1000 * pictures / median(times)).toFixed(1) : "";
  console.log(table(
    ["pictures a second", "ours", "PyTorch", "ours / PyTorch", "largest difference"],
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
