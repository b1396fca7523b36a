import { assertEquals, assertThrows } from "@std/assert";
import { UserError } from "../../../src/base/errors.ts";
import { cacheTask } from "../../../src/cli/machine/cache.ts";
import { cacheVariable } from "../../../src/engine/mod.ts";

/** The output of the task for each list of arguments in turn, with the given value of the cache variable. */
function outputs(variable: string, ...calls: string[][]): string[] {
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
    assertEquals(outputs(folder, [], ["--clear"], []), [
      `2 compiled programs, 3.0 MB of at most 1000.0 MB, in ${where}`,
      `removed 2 compiled programs, 3.0 MB, from ${where}`,
      `0 compiled programs, 0.0 MB of at most 1000.0 MB, in ${where}`,
    ]);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

Deno.test("the cache task reports that the cache is off, and refuses unknown options", () => {
  assertEquals(outputs("off", []), ["no programs are kept: STORYLOOM_PROGRAM_CACHE is off"]);
  assertThrows(() => cacheTask(["--clean"]), UserError, "--clear");
});
