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
  const reports = lateReports({ wanted, check: () => {}, write: (step, values) => written.push([step, values]) });
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

Deno.test("lateReports() shows every step's health to the check, and lets go of everything when that throws", async () => {
  const before = tf.memory().numTensors;
  const check = (step: number, health: ArrayLike<number>) => {
    if (health[1] !== 0) throw new UserError(`broken at ${step}`);
  };
  const reports = lateReports({ wanted: () => false, write: () => {}, check });
  const health = (value: number) => ({ health: tf.tensor1d([0, value]), loss: tf.scalar(1) });
  await reports.next(40, health(0));
  await reports.next(41, health(NaN));
  await assertRejects(() => reports.next(42, health(0)), UserError, "broken at 41");
  assertEquals(tf.memory().numTensors, before);
});
