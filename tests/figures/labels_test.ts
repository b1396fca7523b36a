import { assertEquals, assertStringIncludes } from "@std/assert";
import { measurementTable } from "../../src/cli/results/measurement_table.ts";
import { shortNumber } from "../../src/figures/labels.ts";
import { settingInWords } from "../../src/figures/measured.ts";
import { table2 } from "../../src/figures/tables/table_2.ts";
import { input, runOf } from "./fixture.ts";

Deno.test("a number that rounds to zero has no sign, in figures and in the table of an evaluation", () => {
  assertEquals([-0.001, 0.001, -0, -0.01, -1234.4].map(shortNumber), ["0.00", "0.00", "0.00", "−0.01", "−1234"]);
  const text = measurementTable({ "colour-match[sky rows 0-9].test": { value: -0.00001, stories: 2, frames: 10 } });
  assertStringIncludes(text, "0.000");
  assertEquals(text.includes("-0.000"), false, text);
});

Deno.test("a difference that rounds to zero has no sign", async () => {
  const fid = (number: number, value: number, set: string[] = []) =>
    runOf({ number, set, measured: { "fid[x].test": value } });
  const { table } = await table2.make(input([fid(1, 4), fid(2, 3.9999, ["model.db.g=none", "model.db.d=none"])]));
  assertEquals(table!.rows[0]!.at(-1), "0.00");
});

Deno.test("settingInWords() has the singular for one step of one story", () => {
  const run = runOf({ number: 1, set: ["train.batch=2"] });
  assertEquals(settingInWords([run]), "preset tiny, 40 steps of 2 stories");
  const one = { ...run, config: { ...run.config, train: { ...run.config.train, batch: 1 } } };
  assertEquals(settingInWords([{ ...one, status: { ...one.status, step: 1 } }]), "preset tiny, 1 step of 1 story");
});
