import { assertEquals, assertRejects } from "@std/assert";
import { allDone, pool } from "../../src/base/concurrency.ts";

Deno.test("allDone() returns all values in order, and throws the first error when no task runs any more", async () => {
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

Deno.test("pool() runs the task for each item once and in order, no more at a time than the limit", async () => {
  const started: number[] = [];
  const slots = new Set<number>();
  let [now, most] = [0, 0];
  await pool([1, 2, 3, 4, 5], 2, async (item, slot) => {
    started.push(item);
    slots.add(slot);
    most = Math.max(most, ++now);
    await new Promise((done) => setTimeout(done, 1));
    now--;
  });
  assertEquals(started, [1, 2, 3, 4, 5]);
  assertEquals([most, [...slots].sort()], [2, [0, 1]]);
});
