/**
 * Normally distributed numbers for many tensors at once, drawn in parallel by worker threads.
 *
 * The weights of a large model are tens of millions of numbers, which take one processor seconds. Every tensor has its
 * own random stream, so the numbers do not depend on which thread draws them.
 */
import { random } from "./random.ts";

/** Request for `n` normals of the stream `random(seed, ...path)`. */
export interface Draw {
  seed: number;
  path: (string | number)[];
  n: number;
  mean: number;
  std: number;
}

/** The message to a worker: the draws, and memory shared by all threads. */
export interface DrawTask {
  draws: Draw[];
  /** Index of the next draw to take, and number of finished draws. */
  control: Int32Array<SharedArrayBuffer>;
  /** The numbers of all draws, one draw after another. */
  values: Float32Array<SharedArrayBuffer>;
}

/** Below this many numbers, starting a worker takes longer than drawing them. */
const fewNumbers = 2_000_000;
const maxWorkers = 3;
const timeout = 120_000; // ms

/** Draws the numbers of one request. */
export function drawOne({ seed, path, n, mean, std }: Draw): Float32Array<ArrayBuffer> {
  return random(seed, ...path).normals(n, mean, std);
}

/** Takes draws from the shared list until none is left; `keep` stores the numbers of the `i`-th draw. */
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

/** The offset of each draw's numbers in the shared memory, in elements. */
export function startsOf(draws: Draw[]): number[] {
  let end = 0;
  return draws.map(({ n }) => (end += n) - n);
}

/**
 * Draws all requests and blocks until they are finished.
 *
 * @example
 * ```ts
 * import { drawAll } from "./normals.ts";
 * const draw = { seed: 1, path: ["init", "kernel"], n: 4, mean: 0, std: 0.02 };
 * const [kernel] = drawAll([draw], (values) => values);
 * if (kernel!.length !== 4) throw new Error("a draw has n numbers");
 * ```
 *
 * @param use Called with the numbers of each draw as early as possible, so that not all of them must be in memory.
 * @returns The results of `use`, in the order of the draws.
 */
export function drawAll<T>(draws: Draw[], use: (values: Float32Array<ArrayBuffer>, i: number) => T): T[] {
  const total = draws.reduce((sum, { n }) => sum + n, 0);
  const count = Math.min(maxWorkers, navigator.hardwareConcurrency - 1); // this thread draws too
  if (total < fewNumbers || count < 1) return draws.map((draw, i) => use(drawOne(draw), i));

  // The largest draws first, so that no thread starts one when all others have finished.
  const order = draws.map((_, i) => i).sort((a, b) => draws[b]!.n - draws[a]!.n);
  const task: DrawTask = {
    draws: order.map((i) => draws[i]!),
    control: new Int32Array(new SharedArrayBuffer(8)),
    values: new Float32Array(new SharedArrayBuffer(4 * total)),
  };
  const workers = Array.from({ length: count }, () => {
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
      if (Atomics.wait(task.control, 1, done, timeout) === "timed-out") {
        throw new Error("A worker did not finish drawing within two minutes");
      }
    }
    for (const [at, start] of startsOf(task.draws).entries()) {
      if (drawn.has(at)) continue;
      // a copy, not shared memory
      const values = new Float32Array(task.values.subarray(start, start + task.draws[at]!.n));
      results[order[at]!] = use(values, order[at]!);
    }
    return results;
  } finally {
    for (const worker of workers) worker.terminate();
  }
}
