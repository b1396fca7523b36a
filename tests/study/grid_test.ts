import { assertEquals, assertThrows } from "@std/assert";
import { UserError } from "../../src/base/errors.ts";
import { gridRows, gridStudy, readSeeds } from "../../src/study/grid.ts";
import { findStudy, studies } from "../../src/study/studies.ts";
import { resolveConfig } from "../../src/model/config.ts";

Deno.test("axes make all combinations, the first changing slowest", () => {
  const rows = gridRows(["model.db.g=both,none", "model.db.tau=0.5,1"]);
  assertEquals(rows.map(({ set }) => set), [
    ["model.db.g=both", "model.db.tau=0.5"],
    ["model.db.g=both", "model.db.tau=1"],
    ["model.db.g=none", "model.db.tau=0.5"],
    ["model.db.g=none", "model.db.tau=1"],
  ]);
});

Deno.test("a value may hold commas in brackets", () => {
  assertEquals(gridRows(["model.db.gSizes=[8,16],[16],[]"]).map(({ label }) => label), [
    "model.db.gSizes=[8,16]",
    "model.db.gSizes=[16]",
    "model.db.gSizes=[]",
  ]);
});

Deno.test("an axis that cannot be read, has the key of another axis or has an unknown value is refused", () => {
  assertThrows(() => gridRows([]), UserError, "--grid");
  for (const axis of ["model.db.g", "model.db.g=", "=both", "model.db.g=both,"]) {
    assertThrows(() => gridRows([axis]), UserError, `the axis "${axis}"`);
  }
  assertThrows(() => gridRows(["seed=1", "seed=2"]), UserError, "two axes");
  assertThrows(() => gridRows(["model.db.h=1"]), UserError, "nearest known key");
  assertThrows(() => gridRows(["model.db.g=all"]), UserError, '"all"');
});

Deno.test("the name of a grid is that of a folder, and does not lead out of it", () => {
  const named = (name: string) => gridStudy(["seed=1"], [1], "tiny", name);
  assertEquals(named("tau-2").name, "tau-2");
  for (const name of ["../tau", "a/b", ".."]) assertThrows(() => named(name), UserError, `cannot be called "${name}"`);
});

Deno.test("seeds are a list or a range", () => {
  assertEquals(readSeeds("0,1, 2"), [0, 1, 2]);
  assertEquals(readSeeds("7,0-2"), [7, 0, 1, 2]);
  for (const text of ["", "a", "1,1", "3-1", "0-2,1", "-1"]) assertThrows(() => readSeeds(text), UserError, "0-4");
});

Deno.test("every row of every study is a valid configuration of its own", () => {
  for (const { name, rows, seeds, baseline, preset } of Object.values(studies)) {
    const labels = rows.map(({ label }) => label);
    assertEquals(new Set(labels).size, labels.length, name);
    assertEquals(new Set(seeds).size, seeds.length, name);
    if (baseline !== undefined) assertEquals(labels.includes(baseline), true, name);
    for (const { set } of rows) resolveConfig(preset, set);
  }
  assertThrows(() => findStudy("ablatio"), UserError, 'nearest is "ablation"');
});
