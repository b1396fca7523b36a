/** The last line of .ci/run, which other programs read. */
import { assertEquals, assertMatch } from "@std/assert";
import { join } from "node:path";
import { projectRoot } from "../src/base/files.ts";

/** The summary of the log and exit code of one or more commands. */
async function summary(...results: (string | number)[]): Promise<[line: string, code: number]> {
  const folder = await Deno.makeTempDir();
  const args = [join(projectRoot, ".ci/run"), "summary"];
  for (const [i, result] of results.entries()) {
    const file = `${folder}/${i}`;
    if (typeof result === "string") await Deno.writeTextFile(file, result);
    args.push(typeof result === "string" ? file : String(result));
  }
  const remove = () => Deno.remove(folder, { recursive: true });
  const { stdout, code } = await new Deno.Command("bash", { args }).output().finally(remove);
  return [new TextDecoder().decode(stdout), code];
}

const ignore = Deno.build.os === "windows";

Deno.test({
  name: ".ci/run counts tests, without steps and ignored ones, by the last summary of its log",
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
  name: ".ci/run reports a failure or a run without tests never as success",
  ignore,
  fn: async () => {
    assertEquals(await summary("ok | 4 passed | 0 failed (1ms)\n", 1), ["4 passed, 1 failed\n", 1]); // the check failed
    assertEquals(await summary("error: Module not found\n", 1), ["0 passed, 1 failed\n", 1]);
    assertEquals(await summary("", 0), ["0 passed, 1 failed\n", 1]);
  },
});

Deno.test({
  name: ".ci/run adds up the tests, the notebooks and the browser's tests",
  ignore,
  fn: async () => {
    const [tests, notebooks] = [
      "ok | 12 passed | 0 failed (3s)\n",
      "01_data: 9 cells\nok | 8 passed | 0 failed (2 min)\n",
    ];
    assertEquals(await summary(tests, 0, notebooks, 0), ["20 passed, 0 failed\n", 0]);
    assertEquals(await summary(tests, 0, "FAILED | 3 passed | 1 failed\n", 1), ["15 passed, 1 failed\n", 1]);
    assertEquals(await summary(tests, 1, notebooks, 0, "error: no venv\n", 1), ["20 passed, 2 failed\n", 1]);
  },
});

Deno.test("README.md names the test command that .ci/run takes from it", () => {
  assertMatch(Deno.readTextFileSync(join(projectRoot, "README.md")), /npx -y deno@\d+\.\d+\.\d+ task test\b/);
});
