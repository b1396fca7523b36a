/** Several works at a time. */

/**
 * Waits for all of several works, and only then throws what the first of them failed with.
 *
 * `Promise.all` throws at once and leaves the others at work. Where these decode pictures, their native threads outlive
 * the program that the error ends, and Deno dies of a segmentation fault before anybody reads the message.
 */
export async function allDone<T>(works: Iterable<Promise<T>>): Promise<T[]> {
  const ends = await Promise.allSettled(works);
  return ends.map((end) => {
    if (end.status === "rejected") throw end.reason;
    return end.value;
  });
}

/** Works a list off, so many at a time; a work hears which of the places it has. */
export async function pool<T>(
  items: Iterable<T>,
  places: number,
  work: (item: T, place: number) => Promise<void>,
): Promise<void> {
  const queue = [...items];
  await allDone(Array.from({ length: places }, async (_, place) => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item, place);
  }));
}
