import { assertEquals } from "@std/assert";
import { readCounts, summaryOf } from "../../../src/cli/development/test.ts";

Deno.test("readCounts() reads the last summary, with its colours, and counts every failure", () => {
  const output = "ok | 9 passed | 0 failed (1s)\n\x1b[32mok\x1b[0m | 12 passed (3 steps) | 0 failed | 1 ignored (3s)\n";
  assertEquals(readCounts(output, 0), { passed: 12, steps: 3, failed: 0, ignored: 1 });
  const failed = "FAILED | 4 passed (9 steps) | 2 failed (1 step) | 5 ignored (11ms)\n";
  assertEquals(readCounts(failed, 1), { passed: 4, steps: 9, failed: 2, ignored: 5 });
  assertEquals(readCounts(output, 1).failed, 1); // the tests passed, but the process failed
  assertEquals(readCounts("error: Module not found\n", 1), { passed: 0, steps: 0, failed: 1, ignored: 0 });
});

Deno.test("summaryOf() adds up, in the form of deno test", () => {
  const one = { passed: 12, steps: 3, failed: 0, ignored: 1 };
  const line = summaryOf([one, one], 90);
  assertEquals(line, "ok | 24 passed (6 steps) | 0 failed | 2 ignored (1 min 30 s)");
  assertEquals(readCounts(line, 0), { passed: 24, steps: 6, failed: 0, ignored: 2 });
  assertEquals(summaryOf([one, { ...one, failed: 1 }], 2).startsWith("FAILED | 24 passed (6 steps) | 1 failed"), true);
});
