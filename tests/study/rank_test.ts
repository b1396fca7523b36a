import { assertAlmostEquals, assertEquals } from "@std/assert";
import { kendall, ranks, spearman } from "../../src/study/rank.ts";

Deno.test("ranks() starts from 1; equal numbers get the mean rank", () => {
  assertEquals(ranks([30, 10, 20]), [3, 1, 2]);
  assertEquals(ranks([5, 5, 1, 5]), [3, 3, 1, 3]);
});

Deno.test("spearman() and kendall() are 1 for one order, −1 for its opposite, whatever the distances", () => {
  assertEquals([spearman([1, 2, 3], [10, 1000, 1001]), kendall([1, 2, 3], [10, 1000, 1001])], [1, 1]);
  assertEquals([spearman([1, 2, 3], [9, 4, 0]), kendall([1, 2, 3], [9, 4, 0])], [-1, -1]);
});

Deno.test("spearman() and kendall() agree with values computed by hand, with a tie", () => {
  // One pair of four is tied in b, five of the other five agree: 5/√(6·5). Ranks of b: 1, 2.5, 2.5, 4.
  assertAlmostEquals(kendall([1, 2, 3, 4], [1, 2, 2, 3])!, 5 / Math.sqrt(30), 1e-12);
  assertAlmostEquals(spearman([1, 2, 3, 4], [1, 2, 2, 3])!, 4.5 / Math.sqrt(5 * 4.5), 1e-12);
});

Deno.test("spearman() and kendall() are undefined where there is no order", () => {
  assertEquals([spearman([1, 2], [3, 3]), kendall([1, 2], [3, 3])], [undefined, undefined]);
  assertEquals([spearman([1], [3]), kendall([], [])], [undefined, undefined]);
});
