import { assertEquals, assertRejects } from "@std/assert";
import { allDone } from "../../src/base/all_done.ts";

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
