/** Several asynchronous tasks at a time. */

/**
 * Waits until every promise has settled; then returns their values in order, or throws the first error.
 *
 * `Promise.all` throws at once while the other tasks still run. When these decode images, their native threads outlive
 * the program that the error ends, and Deno crashes with a segmentation fault before the message is printed.
 *
 * @example
 * ```ts
 * import { allDone } from "./concurrency.ts";
 * const squares = await allDone([1, 2, 3].map((n) => Promise.resolve(n * n)));
 * if (squares.join() !== "1,4,9") throw new Error(squares.join());
 * ```
 */
export async function allDone<T>(tasks: Iterable<Promise<T>>): Promise<T[]> {
  const outcomes = await Promise.allSettled(tasks);
  return outcomes.map((outcome) => {
    if (outcome.status === "rejected") throw outcome.reason;
    return outcome.value;
  });
}

/**
 * Runs `task` for every item in order, at most `limit` at a time. A task gets the number of its slot, 0 to `limit` − 1,
 * which no other running task has (e.g. to choose a device).
 *
 * @example
 * ```ts
 * import { pool } from "./concurrency.ts";
 * const started: string[] = [];
 * await pool(["a", "b", "c"], 2, async (item) => void started.push(await Promise.resolve(item)));
 * if (started.join() !== "a,b,c") throw new Error(started.join());
 * ```
 */
export async function pool<T>(
  items: Iterable<T>,
  limit: number,
  task: (item: T, slot: number) => Promise<void>,
): Promise<void> {
  const queue = [...items];
  await allDone(Array.from({ length: limit }, async (_, slot) => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await task(item, slot);
  }));
}
