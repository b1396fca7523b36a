import { assertEquals, assertRejects } from "@std/assert";
import { allDone, pool } from "../../src/base/concurrency.ts";

Deno.test("allDone() gives all values in order, and throws the first error when nothing is at work any more", async () => {
  assertEquals(await allDone([Promise.resolve(1), Promise.resolve(2)]), [1, 2]);
  let ended = false;
  const slow = async () => {
    await new Promise((done) => setTimeout(done, 5));
    ended = true;
  };
  const bad = (text: string) => Promise.reject(new Error(text));
  await assertRejects(() => allDone([bad("first"), slow(), bad("second")]), Error, "first");
  assertEquals(ended, true);
});

Deno.test("pool() works a list off in order, each once, no more at a time than there are places", async () => {
  const begun: number[] = [];
  const places = new Set<number>();
  let [now, most] = [0, 0];
  await pool([1, 2, 3, 4, 5], 2, async (item, place) => {
    begun.push(item);
    places.add(place);
    most = Math.max(most, ++now);
    await new Promise((done) => setTimeout(done, 1));
    now--;
  });
  assertEquals(begun, [1, 2, 3, 4, 5]);
  assertEquals([most, [...places].sort()], [2, [0, 1]]);
});
