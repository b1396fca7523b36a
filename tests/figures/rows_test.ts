import { assertEquals } from "@std/assert";
import { resolveConfig } from "../../src/model/config.ts";
import { ablationRowOf, rowOf } from "../../src/figures/rows.ts";
import { ablationRows } from "../../src/study/ablation_rows.ts";

Deno.test("ablationRowOf() returns the row of Table 2 that a configuration is, rowOf() another system's name", () => {
  for (const { label, set } of ablationRows) assertEquals(ablationRowOf(resolveConfig("tiny", set)), label);
  const inNoRow = resolveConfig("tiny", ["model.db.g=sa"]);
  assertEquals([ablationRowOf(inNoRow), rowOf(inNoRow)], [undefined, undefined]);
  const other = { ...resolveConfig("tiny"), system: "another" as string } as ReturnType<typeof resolveConfig>;
  assertEquals([ablationRowOf(other), rowOf(other)], [undefined, "another"]);
});
