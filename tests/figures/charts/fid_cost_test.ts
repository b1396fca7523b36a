import { assertAlmostEquals, assertEquals } from "@std/assert";
import { spreadOfCost, trainingSeconds } from "../../../src/figures/charts/fid_cost.ts";
import { machineOf } from "../../../src/figures/labels.ts";
import { runOf } from "../fixture.ts";

Deno.test("trainingSeconds() is the fastest tenth of the seconds per step, times the steps", () => {
  const timed = (seconds: number[]) => ({
    ...runOf({ number: 1 }),
    timing: seconds.map((seconds_per_step, i) => ({ step: i, seconds_per_step })),
  });
  assertEquals(trainingSeconds(timed([9, 3, 1, 2])), 40); // one of four, 40 steps
  assertAlmostEquals(trainingSeconds(timed(Array.from({ length: 20 }, (_, i) => 20 - i)))!, 60, 1e-12); // 1 and 2
  assertEquals(trainingSeconds(timed([])), undefined);
});

Deno.test("spreadOfCost() compares runs that differ only in their seed, on the same machine", () => {
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
