import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { liveRun } from "../../../src/cli/notebook/mod.ts";
import { place } from "../../../src/cli/notebook/display.ts";
import { stop } from "../../../src/cli/notebook/stop.ts";

/** The lines that `work` writes to the console, which replaces the cell outside Jupyter. */
async function written(work: () => Promise<void>): Promise<string[]> {
  const lines: string[] = [];
  const [log, error] = [console.log, console.error];
  console.log = console.error = (text: string) => void lines.push(text);
  try {
    await work();
  } finally {
    [console.log, console.error] = [log, error];
  }
  return lines;
}

Deno.test("liveRun() shows progress, the losses and the last sample grid", async () => {
  const path = await Deno.makeTempFile({ suffix: ".png" });
  const lines = await written(async () => {
    const live = liveRun();
    live.say("training in runs/0007");
    for (const step of [1, 2, 3]) {
      live.progress("training", step, 3);
      live.numbers?.("training", step, { "loss.d": 1 / step, "loss.g": step, norm: 2 });
    }
    live.sampled?.(3, path);
    await live.done();
  }).finally(() => Deno.remove(path));
  assertEquals(lines[0], "training in runs/0007");
  assertEquals(lines.filter((line) => line.startsWith("training: ")).at(-1), "training: step 3 of 3, done");
  for (const picture of ["[plot: Losses of training]", "[sample grid of step 3]"]) assert(lines.includes(picture));
});

Deno.test("stop() aborts the signals of running trainings only", async () => {
  const lines = await written(async () => {
    const [ended, live] = [liveRun(), liveRun()];
    await ended.done();
    live.progress("training", 1, 9);
    assertEquals([ended.signal.aborted, live.signal.aborted], [false, false]);
    stop();
    assertEquals([ended.signal.aborted, live.signal.aborted], [false, true]);
    await live.done();
    stop();
  });
  assertEquals(lines.filter((line) => line === "finishing the step and saving").length, 1);
  assertStringIncludes(lines.join("\n"), "training: step 1 of 9, stopped");
  assertStringIncludes(lines.at(-1)!, "no training is running that could be stopped");
});

Deno.test("place() renders at most once in its time, the last state at the end, and survives a failed rendering", async () => {
  let [state, rendered] = [0, 0];
  const lines = await written(async () => {
    const here = place(() => {
      rendered++;
      if (state === 1) throw new Error("no ink");
      return { "text/plain": `state ${state}` };
    }, 3600_000);
    for (state = 1; state < 5; state++) here.changed();
    await here.flush();
    await here.flush();
  });
  assertEquals(rendered, 2);
  assertEquals(lines, ["not shown: no ink", "state 5"]);
});
