import { assertEquals, assertMatch, assertStringIncludes, assertThrows } from "@std/assert";
import { UserError } from "../../../src/base/errors.ts";
import { taskProcess } from "../../../src/base/tasks.ts";
import { checkDeno } from "../../../src/cli/machine/setup.ts";
import { pluginVariable } from "../../../src/engine/install.ts";

async function setup(...args: string[]): Promise<{ code: number; out: string; error: string }> {
  const task = taskProcess("setup", args);
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: task.args,
    // A plugin that is present already: the test needs no network.
    env: { ...task.env, NO_COLOR: "1", [pluginVariable]: new URL(import.meta.url).pathname },
  }).output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, out: decode(stdout), error: decode(stderr) };
}

Deno.test("checkDeno() accepts 2.9 and newer", () => {
  for (const version of ["2.9.0", "2.9.6", "2.10.1", "3.0.0", "2.9.0-rc.1"]) checkDeno(version);
  for (const version of ["1.46.3", "2.8.9"]) {
    assertThrows(() => checkDeno(version), UserError, `This is Deno ${version}, and the kit needs 2.9`);
  }
});

Deno.test("setup prints a line for each step and the next commands", async () => {
  const { code, out } = await setup();
  assertEquals(code, 0);
  const lines = out.trim().split("\n");
  assertEquals(lines.map((line) => line.split(":")[0]), ["Deno", "packages", "xla engine", "Next"]);
  assertMatch(lines[1]!, /^packages: \d+ of deno\.json/);
  assertStringIncludes(lines[2]!, "present already");
});

Deno.test("setup refuses an unknown engine", async () => {
  const { code, error } = await setup("--engine", "torch");
  const message = 'error: Option --engine takes xla-cpu, cuda, cuda12, tensorflow, not "torch".\n';
  assertEquals([code, error], [1, message]);
});

Deno.test("setup refuses an unknown option", async () => {
  const { code, error } = await setup("--forse");
  assertEquals([code, error], [1, "error: Unknown option --forse; the nearest known one is --force.\n"]);
});
