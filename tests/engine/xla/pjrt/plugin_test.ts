/** A plugin that is missing or is none: one clear error. */
import { assertMatch, assertStringIncludes, assertThrows } from "@std/assert";
import { UserError } from "../../../../src/base/errors.ts";
import { useEngine } from "../../../../src/engine/mod.ts";
import { openPlugin } from "../../../../src/engine/xla/pjrt/plugin.ts";
import { assertEquals, assertRejects } from "@std/assert";

/** One or two sentences, without a stack trace or line breaks. */
function assertClear(message: string, path: string): void {
  assertStringIncludes(message, path);
  assertMatch(message, /^[^\n]{20,400}$/);
}

Deno.test("openPlugin() says what is wrong with a text file", async () => {
  const path = await Deno.makeTempFile({ suffix: ".so" });
  try {
    await Deno.writeTextFile(path, "not a library");
    assertClear(assertThrows(() => openPlugin(path), UserError).message, path);
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("openPlugin() says so when a file is not there", () => {
  assertClear(assertThrows(() => openPlugin("/nowhere/plugin.so"), UserError).message, "/nowhere/plugin.so");
});

Deno.test({
  name: "openPlugin() says what is wrong with a library that is no plugin",
  ignore: Deno.build.os !== "linux",
  fn: () => {
    const { message } = assertThrows(() => openPlugin("libc.so.6"), UserError);
    assertClear(message, "libc.so.6");
    assertStringIncludes(message, "GetPjrtApi");
  },
});

const variable = "STORYLOOM_PJRT_PLUGIN";
for (const engine of ["xla", "auto"] as const) {
  Deno.test(`useEngine("${engine}") is a UserError when ${variable} names no file`, async () => {
    const before = Deno.env.get(variable);
    Deno.env.set(variable, "/nowhere/plugin.so");
    try {
      assertClear((await assertRejects(() => useEngine(engine), UserError)).message, "/nowhere/plugin.so");
    } finally {
      if (before === undefined) Deno.env.delete(variable);
      else Deno.env.set(variable, before);
    }
  });
}

Deno.test("a program with an unloadable plugin ends with the error's message and exit code 1", async () => {
  const path = await Deno.makeTempFile({ suffix: ".so" });
  await Deno.writeTextFile(path, "not a library");
  try {
    const { code, output } = await program(`await useEngine("xla");`, { [variable]: path });
    assertEquals(code, 1);
    assertStringIncludes(output, "UserError: Cannot load the XLA plugin");
  } finally {
    await Deno.remove(path);
  }
});

/** Runs a small program with the engine in a process of its own. */
async function program(body: string, env: Record<string, string> = {}): Promise<{ code: number; output: string }> {
  const mod = import.meta.resolve("../../../../src/engine/mod.ts");
  const source = `import { jit, tf, useEngine } from ${JSON.stringify(mod)};\n${body}`;
  const config = new URL("../../../../deno.json", import.meta.url).pathname;
  const file = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    await Deno.writeTextFile(file, source);
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", "--config", config, file],
      env: { ...env, NO_COLOR: "1" },
    }).output();
    return { code, output: new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr) };
  } finally {
    await Deno.remove(file);
  }
}
