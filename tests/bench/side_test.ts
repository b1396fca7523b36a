/** The protocol of a side, with a small program in its place: requests and answers in turn, and the error on failure. */
import { assertEquals, assertRejects } from "@std/assert";
import { UserError } from "../../src/base/errors.ts";
import { startSide } from "./side.ts";

const echo = `
console.log("a message of some library");
console.log(JSON.stringify({ value: 1, version: "test", threads: 2 }));
let count = 0;
for await (const text of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) {
  console.log(JSON.stringify(text.trim() === "memory" ? { rss: 7 } : { ms: ++count, value: 0 }));
}`;

Deno.test("a side runs on request, returns its peaks, and ends when it is closed", async () => {
  const side = await startSide("test", Deno.execPath(), ["eval", echo]);
  assertEquals(side.ready, { value: 1, version: "test", threads: 2 });
  assertEquals([await side.run(), await side.run()], [1, 2]);
  assertEquals(await side.peaks(), { rss: 7 });
  await side.close();
});

Deno.test("a side that ends early is reported with its last lines", async () => {
  const program = 'console.error("out of memory"); Deno.exit(1);';
  const error = await assertRejects(() => startSide("PyTorch", Deno.execPath(), ["eval", program]), UserError);
  assertEquals(error.message, "The bench's PyTorch process ended early: out of memory");
});
