import { assertEquals, assertRejects } from "@std/assert";
import { UserError } from "../../src/base/errors.ts";
import { tf } from "../../src/engine/mod.ts";
import { lateReports } from "../../src/train/report.ts";
import { startEngine } from "./tiny.ts";

await startEngine();

const report = (value: number) => ({ health: tf.scalar(value), loss: tf.scalar(value) });

Deno.test("lateReports() reads a step when the next one is handed over, and only wanted steps", async () => {
  const written: [number, Record<string, number>][] = [];
  const wanted = (step: number) => step % 2 === 0;
  const reports = lateReports({ health: "health", wanted, write: (step, values) => written.push([step, values]) });
  const before = tf.memory().numTensors;
  for (let step = 1; step <= 2; step++) await reports.next(step, report(step));
  assertEquals(written, []);
  await reports.next(3, report(3));
  assertEquals(written, [[2, { loss: 2 }]]);
  await reports.settle();
  await reports.settle();
  assertEquals(written.length, 1);
  assertEquals(tf.memory().numTensors, before);
});

Deno.test("lateReports() names the step and the numbers that are not finite, though the step is not wanted", async () => {
  const reports = lateReports({ health: "health", wanted: () => false, write: () => {} });
  await reports.next(41, { ...report(NaN), fine: tf.scalar(1) });
  const error = await assertRejects(() => reports.settle(), UserError, "step 41");
  assertEquals(error.message.includes("loss is no finite number"), true);
});
