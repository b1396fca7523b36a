import { assertAlmostEquals, assertEquals } from "@std/assert";
import { machineOf, spreadOfCost, trainingSeconds } from "../../src/figures/charts/fid_cost.ts";
import { generatorMillions } from "../../src/figures/charts/fid_parameters.ts";
import { readPaper } from "../../src/figures/paper.ts";
import { countsOf } from "../../src/figures/tables/table_1.ts";
import { runOf } from "./fixture.ts";

Deno.test("trainingSeconds() is the fastest tenth of the seconds a step, times the steps", () => {
  const timed = (seconds: number[]) => ({
    ...runOf({ number: 1 }),
    timing: seconds.map((seconds_per_step, i) => ({ step: i, seconds_per_step })),
  });
  assertEquals(trainingSeconds(timed([9, 3, 1, 2])), 40); // one of four, 40 steps
  assertAlmostEquals(trainingSeconds(timed(Array.from({ length: 20 }, (_, i) => 20 - i)))!, 60, 1e-12); // 1 and 2
  assertEquals(trainingSeconds(timed([])), undefined);
});

Deno.test("spreadOfCost() compares runs that differ by their seed alone, on one machine", () => {
  const run = (number: number, seconds: number, set: string[] = []) => ({
    ...runOf({ number, seed: number, set }),
    timing: [{ step: 1, seconds_per_step: seconds }],
  });
  assertEquals(spreadOfCost([run(1, 2), run(2, 3), run(3, 2.5)]), 1.5);
  const other = run(2, 3);
  const elsewhere = { ...other, environment: { ...other.environment, cpu: "Another CPU" } };
  assertEquals(spreadOfCost([run(1, 2), elsewhere, run(3, 9, ["model.db.g=none"])]), 1);
  assertEquals(spreadOfCost([{ ...run(1, 2), timing: [] }]), 1);
});

Deno.test("machineOf() names the GPU where there is one", () => {
  const run = runOf({ number: 1 });
  assertEquals(machineOf(run), "Some CPU, xla, 2 threads");
  const engine = { ...run.environment.engine, devices: ["cuda:0 (NVIDIA H100)"] };
  assertEquals(
    machineOf({ ...run, environment: { ...run.environment, engine } }),
    "cuda:0 (NVIDIA H100), xla, 2 threads",
  );
});

Deno.test("parameters are counted from the model", () => {
  assertEquals(generatorMillions(runOf({ number: 1 })), 0.5298);
  assertEquals(generatorMillions(runOf({ number: 1, set: ["model.db.g=none"] })) < 0.5298, true);
  assertEquals(countsOf("ours"), { generator: 25_139_600, discriminator: 23_501_972 });
  assertEquals(countsOf("no such system"), undefined);
});

Deno.test("readPaper() has all that the paper prints", () => {
  const { table1, table2, table3 } = readPaper();
  assertEquals([table1, table2, table3].map(({ rows }) => Object.keys(rows).length), [5, 6, 3]);
  assertEquals(table1.rows["ours"], [52.87, 55.2, 4.61, 74.12, 20.07, 7.28, 25.1e6, 23.5e6]);
});
