/** Work of many pieces at once, with its results in order. */

/**
 * Runs `work` on numbers 0 … count − 1, `width` of them at a time, and gives the results in order. No more than `width`
 * results ever wait, so memory stays small however long the list is.
 */
export async function* inOrder<T>(count: number, width: number, work: (i: number) => Promise<T>): AsyncGenerator<T> {
  const underWay: Promise<T>[] = [];
  let next = 0;
  while (underWay.length > 0 || next < count) {
    while (underWay.length < width && next < count) {
      const result = work(next++);
      result.catch(() => {}); // thrown where it is its turn
      underWay.push(result);
    }
    yield await underWay.shift()!;
  }
}
