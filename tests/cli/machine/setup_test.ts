import { assertEquals, assertMatch, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { join } from "node:path";
import { UserError } from "../../../src/base/errors.ts";
import { projectRoot } from "../../../src/base/files.ts";
import { checkDeno, ensureEngine } from "../../../src/cli/machine/setup.ts";
import { pluginVariable } from "../../../src/engine/install.ts";
import { writeRequirements } from "../../engine/install/python.ts";

const elsewhere = { platform: { os: "darwin", arch: "aarch64" }, root: "" };

/** A project folder without a plugin. */
async function withRoot(use: (root: string) => Promise<void>): Promise<void> {
  const root = await Deno.makeTempDir();
  for (const name of ["xla-cpu.txt", "tensorflow-cpu.txt"]) {
    writeRequirements(root, name, "some-plugin==1.2 --hash=sha256:00\n");
  }
  const before = Deno.env.get(pluginVariable);
  Deno.env.delete(pluginVariable);
  try {
    await use(root);
  } finally {
    if (before !== undefined) Deno.env.set(pluginVariable, before);
    await Deno.remove(root, { recursive: true });
  }
}

async function setup(...args: string[]): Promise<{ code: number; out: string; error: string }> {
  const file = join(projectRoot, "src/cli/machine/setup.ts");
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", "--no-check", file, ...args],
    // A plugin that is present already: the test needs no network.
    env: { NO_COLOR: "1", [pluginVariable]: file },
  }).output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, out: decode(stdout), error: decode(stderr) };
}

Deno.test("ensureEngine() refuses xla where it cannot be had, and says why", async () => {
  await withRoot(async (root) => {
    const { message } = await assertRejects(() => ensureEngine("xla", { ...elsewhere, root }), UserError);
    assertStringIncludes(message, "darwin aarch64");
  });
});

Deno.test("ensureEngine() goes on without the plugin for auto, and installs nothing for wasm and cpu", async () => {
  await withRoot(async (root) => {
    assertEquals((await ensureEngine("auto", { ...elsewhere, root }))?.status, "skipped");
    assertEquals(await ensureEngine("wasm", { root }), undefined);
    assertEquals(await ensureEngine("cpu", { root }), undefined);
  });
});

Deno.test("checkDeno() takes 2.9 and newer", () => {
  for (const version of ["2.9.0", "2.9.6", "2.10.1", "3.0.0", "2.9.0-rc.1"]) checkDeno(version);
  for (const version of ["1.46.3", "2.8.9"]) {
    assertThrows(() => checkDeno(version), UserError, `This is Deno ${version}, and the kit needs 2.9`);
  }
});

Deno.test("setup prints a line for each step and what to do next", async () => {
  const { code, out } = await setup();
  assertEquals(code, 0);
  const lines = out.trim().split("\n");
  assertEquals(lines.map((line) => line.split(":")[0]), ["Deno", "packages", "xla engine", "Next"]);
  assertMatch(lines[1]!, /^packages: \d+ of deno\.json/);
  assertStringIncludes(lines[2]!, "present already");
});

Deno.test("ensureEngine() refuses tensorflow where it cannot be had, and says why", async () => {
  await withRoot(async (root) => {
    const { message } = await assertRejects(() => ensureEngine("tensorflow", { ...elsewhere, root }), UserError);
    assertStringIncludes(message, "darwin aarch64");
  });
});

Deno.test("ensureEngine() does not put another plugin in place of the one that was named", async () => {
  await withRoot(async (root) => {
    writeRequirements(root, "xla-cuda13.txt", "some-cuda==1.2 --hash=sha256:00\n");
    const { message } = await assertRejects(
      () => ensureEngine("xla", { ...elsewhere, root, name: "cuda13" }),
      UserError,
    );
    assertStringIncludes(message, "darwin aarch64");
  });
});

Deno.test("setup refuses an engine that it cannot bring", async () => {
  const { code, error } = await setup("--engine", "torch");
  const message = 'error: Option --engine takes xla-cpu, cuda, cuda12, tensorflow, not "torch".\n';
  assertEquals([code, error], [1, message]);
});

Deno.test("setup refuses an unknown option", async () => {
  const { code, error } = await setup("--forse");
  assertEquals([code, error], [1, "error: Unknown option --forse; the nearest known one is --force.\n"]);
});
