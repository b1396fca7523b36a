import { assertEquals } from "@std/assert";
import { readPaper } from "../../src/figures/paper.ts";

Deno.test("readPaper() has all numbers of the paper's tables", () => {
  const { table1, table2, table3 } = readPaper();
  assertEquals([table1, table2, table3].map(({ rows }) => Object.keys(rows).length), [5, 6, 3]);
  assertEquals(table1.rows["ours"], [52.87, 55.2, 4.61, 74.12, 20.07, 7.28, 25.1e6, 23.5e6]);
});
