/** The last line of .ci/run, which other programs read. */
import { assertEquals, assertMatch } from "@std/assert";
import { join } from "node:path";
import { projectRoot } from "../src/base/files.ts";

async function summary(log: string, exitCode: number): Promise<[line: string, code: number]> {
  const file = await Deno.makeTempFile();
  await Deno.writeTextFile(file, log);
  const args = [join(projectRoot, ".ci/run"), "summary", file, String(exitCode)];
  const { stdout, code } = await new Deno.Command("bash", { args }).output().finally(() => Deno.remove(file));
  return [new TextDecoder().decode(stdout), code];
}

const ignore = Deno.build.os === "windows";

Deno.test({
  name: ".ci/run counts tests, neither steps nor ignored ones, from the last summary of its log",
  ignore,
  fn: async () => {
    const log = "ok | 5 passed | 0 failed (1ms)\nrunning\n\nok | 12 passed (3 steps) | 0 failed | 1 ignored (3s)\n\n";
    assertEquals(await summary(log, 0), ["12 passed, 0 failed\n", 0]);
    assertEquals(await summary("FAILED | 4 passed (9 steps) | 2 failed (1 step) (11ms)\n", 1), [
      "4 passed, 2 failed\n",
      1,
    ]);
  },
});

Deno.test({
  name: ".ci/run never calls a failure or a run without tests a success",
  ignore,
  fn: async () => {
    assertEquals(await summary("ok | 4 passed | 0 failed (1ms)\n", 1), ["4 passed, 1 failed\n", 1]); // the check failed
    assertEquals(await summary("error: Module not found\n", 1), ["0 passed, 1 failed\n", 1]);
    assertEquals(await summary("", 0), ["0 passed, 1 failed\n", 1]);
  },
});

Deno.test("README.md names the test command that .ci/run takes from it", () => {
  assertMatch(Deno.readTextFileSync(join(projectRoot, "README.md")), /npx -y deno@\d+\.\d+\.\d+ task test\b/);
});
