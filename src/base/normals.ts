/**
 * Normals for many tensors at once, drawn by all processors.
 *
 * The weights of a large model are tens of millions of numbers, seconds for one processor. Every tensor has a stream of
 * its own, so who draws it does not matter to the numbers.
 */
import { random } from "./random.ts";

/** `n` normals of the stream `random(seed, ...path)`. */
export interface Draw {
  seed: number;
  path: (string | number)[];
  n: number;
  mean: number;
  std: number;
}

/** What a helper needs: the draws, and memory that all see. */
export interface DrawTask {
  draws: Draw[];
  /** The next draw to take, and the number of draws that are done. */
  control: Int32Array<SharedArrayBuffer>;
  /** Room for all numbers, draw after draw. */
  values: Float32Array<SharedArrayBuffer>;
}

/** Below this many numbers it takes longer to start a helper than to draw them. */
const fewNumbers = 2_000_000;
const mostHelpers = 3;
const patience = 120_000; // ms

/** Draws one. */
export function drawOne({ seed, path, n, mean, std }: Draw): Float32Array<ArrayBuffer> {
  return random(seed, ...path).normals(n, mean, std);
}

/** Takes draws from a task until none is left; `keep` puts away the numbers of the `i`-th one. */
export function takeDraws(
  { draws, control }: DrawTask,
  keep: (i: number, values: Float32Array<ArrayBuffer>) => void,
): void {
  for (let i; (i = Atomics.add(control, 0, 1)) < draws.length;) {
    keep(i, drawOne(draws[i]!));
    Atomics.add(control, 1, 1);
    Atomics.notify(control, 1);
  }
}

/** Where each draw's numbers start. */
export function startsOf(draws: Draw[]): number[] {
  let end = 0;
  return draws.map(({ n }) => (end += n) - n);
}

/**
 * Draws all and blocks until they are there.
 *
 * @param use makes something of a draw's numbers as soon as may be, so that they need not all be kept.
 * @returns what `use` gave, in the order of the draws.
 */
export function drawAll<T>(draws: Draw[], use: (values: Float32Array<ArrayBuffer>, i: number) => T): T[] {
  const total = draws.reduce((sum, { n }) => sum + n, 0);
  const helpers = Math.min(mostHelpers, navigator.hardwareConcurrency - 1);
  if (total < fewNumbers || helpers < 1) return draws.map((draw, i) => use(drawOne(draw), i));

  // The largest first, so that none of them is left for the end.
  const order = draws.map((_, i) => i).sort((a, b) => draws[b]!.n - draws[a]!.n);
  const task: DrawTask = {
    draws: order.map((i) => draws[i]!),
    control: new Int32Array(new SharedArrayBuffer(8)),
    values: new Float32Array(new SharedArrayBuffer(4 * total)),
  };
  const workers = Array.from({ length: helpers }, () => {
    const worker = new Worker(new URL("./normals_worker.ts", import.meta.url), { type: "module" });
    worker.postMessage(task);
    return worker;
  });
  try {
    const results: T[] = [];
    const drawn = new Set<number>();
    takeDraws(task, (at, values) => {
      drawn.add(at);
      results[order[at]!] = use(values, order[at]!);
    });
    for (let done; (done = Atomics.load(task.control, 1)) < draws.length;) {
      if (Atomics.wait(task.control, 1, done, patience) === "timed-out") throw new Error("A helper stopped drawing");
    }
    for (const [at, start] of startsOf(task.draws).entries()) {
      if (drawn.has(at)) continue;
      const values = new Float32Array(task.values.subarray(start, start + task.draws[at]!.n)); // a copy of its own
      results[order[at]!] = use(values, order[at]!);
    }
    return results;
  } finally {
    for (const worker of workers) worker.terminate();
  }
}
