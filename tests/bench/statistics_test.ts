import { assertEquals } from "@std/assert";
import { compareTimes, median } from "./statistics.ts";

Deno.test("median() takes the middle, or the mean of the two in the middle, and leaves its argument as it is", () => {
  const values = [3, 1, 2];
  assertEquals(median(values), 2);
  assertEquals(values, [3, 1, 2]);
  assertEquals(median([4, 1, 2, 10]), 3);
});

Deno.test("compareTimes() divides PyTorch's times by ours: medians, neighbours, shortest", () => {
  // The machine halves its speed from the third run on: medians mix both halves, pairs do not.
  const { ratio, pairedRatio, minimumRatio } = compareTimes([10, 10, 20, 20, 20], [15, 15, 15, 30, 30]);
  assertEquals(ratio, 15 / 20);
  assertEquals(pairedRatio, 1.5);
  assertEquals(minimumRatio, 1.5);
});
