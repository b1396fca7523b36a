import { assertEquals, assertThrows } from "@std/assert";
import { projectRoot } from "../../src/base/files.ts";
import { taskProcess } from "../../src/base/tasks.ts";

Deno.test("taskProcess() gives the program, environment and arguments of a task", () => {
  const { args, env } = taskProcess("train", ["--dry-run"]);
  assertEquals([args[0], args.at(-1)], ["run", "--dry-run"]);
  assertEquals(env, { GLIBC_TUNABLES: "glibc.malloc.hugetlb=1" });
  const program = args.find((word) => word.endsWith(".ts"))!;
  assertEquals([program.startsWith(projectRoot), Deno.statSync(program).isFile], [true, true]);
  assertEquals(taskProcess("ablation", []).args.at(-1), "ablation");
});

Deno.test("taskProcess() refuses an unknown task, and one of several programs", () => {
  for (const name of ["nothing", "check"]) assertThrows(() => taskProcess(name, []), Error, `no task "${name}"`);
});
