import { assertEquals } from "@std/assert";
import type { Line } from "../../src/records/read.ts";
import { series } from "../../src/records/series.ts";

Deno.test("series() returns a row for each number whose name matches, and none where a line lacks it", () => {
  const lines: Line[] = [{ step: 1, "loss.d": 2, "loss.g": 3 }, { step: 5, "frechet[a].val": 7, "loss.d": 4 }];
  assertEquals(series(lines, ["loss.g", "frechet[a].val"]), [
    { step: 1, name: "loss.g", value: 3 },
    { step: 5, name: "frechet[a].val", value: 7 },
  ]);
  assertEquals(series(lines, /^loss\./).map(({ value }) => value), [2, 3, 4]);
});
