import { assertAlmostEquals, assertEquals } from "@std/assert";
import { tf } from "../../src/engine/mod.ts";
import { averageDecay, averageStep } from "../../src/train/average.ts";
import { startEngine } from "./tiny.ts";

await startEngine();

Deno.test("averageDecay() grows from 2/11 to the configured decay", () => {
  assertAlmostEquals(averageDecay(1, 0.99), 2 / 11);
  assertAlmostEquals(averageDecay(40, 0.99), 41 / 50);
  assertEquals(averageDecay(100_000, 0.99), 0.99);
});

Deno.test("averageStep() mixes the averaged names only", async () => {
  const next = averageStep(
    { a: tf.scalar(1) },
    { a: tf.scalar(3), b: tf.scalar(7) },
    tf.scalar(0.75),
  );
  assertEquals(Object.keys(next), ["a"]);
  assertAlmostEquals((await next.a!.data())[0]!, 1.5, 1e-6);
});
