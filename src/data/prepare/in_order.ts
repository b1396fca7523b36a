/** Concurrent work whose results arrive in order. */

/**
 * Calls `work` with 0 … count − 1, at most `concurrency` calls at a time, and yields the results in order. At most
 * `concurrency` results are kept, so memory does not grow with `count`.
 */
export async function* inOrder<T>(
  count: number,
  concurrency: number,
  work: (i: number) => Promise<T>,
): AsyncGenerator<T> {
  const running: Promise<T>[] = [];
  let next = 0;
  while (running.length > 0 || next < count) {
    while (running.length < concurrency && next < count) {
      const result = work(next++);
      result.catch(() => {}); // an error is thrown when this result is awaited below
      running.push(result);
    }
    yield await running.shift()!;
  }
}
