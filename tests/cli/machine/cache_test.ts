import { assertEquals, assertThrows } from "@std/assert";
import { UserError } from "../../../src/base/errors.ts";
import { cacheTask } from "../../../src/cli/machine/cache.ts";
import { cacheVariable } from "../../../src/engine/mod.ts";

/** The task's answers to each list of arguments in turn, with the cache where the variable says. */
function answers(variable: string, ...calls: string[][]): string[] {
  const before = Deno.env.get(cacheVariable);
  try {
    Deno.env.set(cacheVariable, variable);
    return calls.map((args) => cacheTask(args));
  } finally {
    if (before === undefined) Deno.env.delete(cacheVariable);
    else Deno.env.set(cacheVariable, before);
  }
}

Deno.test("the cache task counts the programs, and --clear removes them", () => {
  const folder = Deno.makeTempDirSync({ dir: Deno.cwd(), prefix: ".cache-test-" });
  try {
    for (const name of ["a", "b"]) Deno.writeFileSync(`${folder}/${name}.program`, new Uint8Array(1_500_000));
    const where = folder.slice(Deno.cwd().length + 1);
    assertEquals(answers(folder, [], ["--clear"], []), [
      `2 compiled programs, 3.0 MB of at most 1000.0 MB, in ${where}`,
      `removed 2 compiled programs, 3.0 MB, from ${where}`,
      `0 compiled programs, 0.0 MB of at most 1000.0 MB, in ${where}`,
    ]);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

Deno.test("the cache task says that the cache is off, and refuses what it does not know", () => {
  assertEquals(answers("off", []), ["no programs are kept: STORYLOOM_PROGRAM_CACHE is off"]);
  assertThrows(() => cacheTask(["--clean"]), UserError, "--clear");
});
