import { assertEquals, assertStringIncludes } from "@std/assert";
import { type Figure, type FigureInput, missing } from "../../src/figures/figure.ts";
import { makeFigures } from "../../src/figures/make.ts";
import { verifyFigures } from "../../src/figures/verify.ts";
import { withFolder } from "../runs/help.ts";
import { input, runOf } from "./fixture.ts";

/** A figure of the number of runs. */
const count: Figure = {
  name: "count",
  title: "Runs",
  sources: "runs",
  make: ({ runs }: FigureInput) =>
    runs.length === 0 ? missing("there are no runs") : Promise.resolve({
      csv: `runs\n${runs.length}\n`,
      svg: '<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"/>',
    }),
};
const [none, one, two] = [
  input([]),
  input([runOf({ number: 1 })]),
  input([runOf({ number: 1 }), runOf({ number: 2 })]),
];

Deno.test("verifyFigures() names the input that a figure agrees with, and the first difference where it agrees with none", () =>
  withFolder(async (out) => {
    const verify = (inputs: Record<string, FigureInput>) => verifyFigures(out, [count], inputs);
    assertEquals(await verify({ one }), []); // no files yet
    await makeFigures([count], one, { out, skip: false });
    assertEquals((await verify({ two, one })).map(({ result, detail }) => [result, detail]), [[
      "ok",
      "drawn from one",
    ]]);
    const [other] = await verify({ two, none });
    assertEquals(other!.result, "wrong");
    assertStringIncludes(other!.detail, "count.csv differs in line 2 (two)");
    assertStringIncludes(other!.detail, "there are no runs (none)");
    Deno.removeSync(`${out}/count.png`);
    assertEquals((await verify({ one }))[0]!.result, "missing");
  }));
