/** Execution of notebooks without a browser: failing cells, and interrupting the kernel. Part of `deno task test:browser`. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { projectRoot } from "../../src/base/files.ts";
import { kernelspec } from "../../src/cli/jupyter/clean.ts";
import { ensureJupyter } from "../../src/cli/jupyter/environment.ts";
import { executeNotebook, type Outcome } from "../../src/cli/jupyter/execute.ts";

/** Executes a notebook of these code cells. */
async function execute(
  sources: string[],
  { timeout = 60, values = {} }: { timeout?: number; values?: Record<string, unknown> } = {},
): Promise<Outcome & { page: string }> {
  const folder = await Deno.makeTempDir();
  const cells = sources.map((source, i) => ({
    ...{ cell_type: "code", id: `cell-${i}`, metadata: {}, outputs: [], execution_count: null },
    source,
  }));
  const [notebook, html] = [`${folder}/a.ipynb`, `${folder}/a.html`];
  await Deno.writeTextFile(
    notebook,
    JSON.stringify({ cells, metadata: { kernelspec }, nbformat: 4, nbformat_minor: 5 }),
  );
  const jupyter = await ensureJupyter(console.error);
  const request = { notebook, folder: join(projectRoot, "notebooks"), timeout, html, heading: "*as a test*" };
  try {
    const outcome = await executeNotebook(jupyter, request, values);
    return { ...outcome, page: await Deno.readTextFile(html) };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const kit = 'import { liveRun, parameters, showPlot } from "../src/cli/notebook/mod.ts";\n';

Deno.test("a notebook gets its values, and its copy has the last state of outputs that were updated in place", async () => {
  const { cells, name, page } = await execute([
    `${kit}const { steps } = parameters({ steps: 1 }, {});`,
    `const live = liveRun();
     for (let i = 1; i <= steps; i++) {
       live.progress("training", i, steps);
       live.numbers("training", i, { "loss.d": i });
     }
     await live.done();`,
  ], { values: { steps: 7 } });
  assertEquals([name, cells], [undefined, 2]);
  const parts = ["as a test", "steps = 7 (--set)", "step 7 of 7, done", "data:image/svg+xml"];
  assertEquals(parts.filter((part) => !page.includes(part)), []);
  assert(!page.includes("step 1 of 7"), "an earlier state is still there");
});

Deno.test("a failed cell is named by its number, error and message, and later cells do not run", async () => {
  const source = `import { fail } from "../src/base/errors.ts"; fail("Too few stories: prepare more.");`;
  const { cell, cells, name, message, page } = await execute(["1 + 1;", source, 'console.log("later" + " on");']);
  assertEquals({ cell, cells, name, message }, {
    ...{ cell: 2, cells: 3, name: "UserError", message: "Too few stories: prepare more." },
  });
  assert(!page.includes("later on"));
});

Deno.test("a cell fails when it takes too long or its kernel dies", async () => {
  const slow = await execute(["await new Promise((done) => setTimeout(done, 60_000));"], { timeout: 2 });
  assertEquals([slow.cell, slow.name], [1, "Timeout"]);
  assertStringIncludes(slow.message!, "longer than 2 s");
  const dead = await execute(["1;", 'Deno.kill(Deno.pid, "SIGKILL"); await new Promise(() => {});']);
  assertEquals([dead.cell, dead.name], [2, "DeadKernelError"]);
});

Deno.test("an interrupted kernel survives, before and after the kit is loaded, and the signal of a live run is aborted", async () => {
  const interrupt = 'Deno.kill(Deno.pid, "SIGINT");'; // what Jupyter sends when the stop button is pressed
  const { name, message, page } = await execute([
    interrupt,
    `${kit}const live = liveRun();
     ${interrupt}
     let turns = 0;
     for (; turns < 500 && !live.signal.aborted; turns++) await new Promise((done) => setTimeout(done, 10));
     await live.done();
     if (!live.signal.aborted) throw new Error("not stopped");`,
    'console.log("still" + " alive");',
  ]);
  assertEquals([name, message], [undefined, undefined]);
  assertEquals(["finishing the step and saving", "still alive"].filter((part) => !page.includes(part)), []);
});
