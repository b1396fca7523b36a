import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { projectRoot } from "../../../src/base/files.ts";

/** Runs a task whose `main` has this body; `args` are its arguments. */
async function run(body: string, ...args: string[]): Promise<{ code: number; out: string; error: string }> {
  const source = `import { runTask } from ${JSON.stringify(join(projectRoot, "src/cli/common/run_task.ts"))};
    import { fail } from ${JSON.stringify(join(projectRoot, "src/base/errors.ts"))};
    await runTask(async (args) => { await undefined; ${body} }, "usage: a task");`;
  const file = await Deno.makeTempFile({ suffix: ".ts" });
  await Deno.writeTextFile(file, source);
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", "--no-check", "--no-lock", file, ...args],
    env: { NO_COLOR: "1" },
    cwd: projectRoot,
  }).output().finally(() => Deno.remove(file));
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, out: decode(stdout), error: decode(stderr) };
}

Deno.test("runTask() passes the arguments to main and ends with 0", async () => {
  assertEquals(await run("console.log(args.join())", "a", "--b"), { code: 0, out: "a,--b\n", error: "" });
});

Deno.test("runTask() prints a UserError in one line without a trace and ends with 1, even with pending timers", async () => {
  const body = 'setInterval(() => {}, 1000); fail("Cannot do it: do that instead.")';
  assertEquals(await run(body), { code: 1, out: "", error: "error: Cannot do it: do that instead.\n" });
});

Deno.test("runTask() prints the stack trace of a defect and ends with 70", async () => {
  const { code, error } = await run('throw new TypeError("ours")');
  assertEquals(code, 70);
  for (const part of ["TypeError: ours", "    at "]) assertStringIncludes(error, part);
});

Deno.test("runTask() prints the usage for --help instead of running", async () => {
  assertEquals(await run('throw new Error("it ran")', "--help"), { code: 0, out: "usage: a task\n", error: "" });
});
