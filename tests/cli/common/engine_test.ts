import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { UserError } from "../../../src/base/errors.ts";
import { ensureEngine } from "../../../src/cli/common/engine.ts";
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

Deno.test("ensureEngine() refuses xla where it cannot be installed, and gives the reason", async () => {
  await withRoot(async (root) => {
    const { message } = await assertRejects(() => ensureEngine("xla", { ...elsewhere, root }), UserError);
    assertStringIncludes(message, "darwin aarch64");
  });
});

Deno.test("ensureEngine() continues without the plugin for auto, and installs nothing for wasm and cpu", async () => {
  await withRoot(async (root) => {
    assertEquals((await ensureEngine("auto", { ...elsewhere, root }))?.status, "skipped");
    assertEquals(await ensureEngine("wasm", { root }), undefined);
    assertEquals(await ensureEngine("cpu", { root }), undefined);
  });
});

Deno.test("ensureEngine() refuses tensorflow where it cannot be installed, and gives the reason", async () => {
  await withRoot(async (root) => {
    const { message } = await assertRejects(() => ensureEngine("tensorflow", { ...elsewhere, root }), UserError);
    assertStringIncludes(message, "darwin aarch64");
  });
});

Deno.test("ensureEngine() does not install another plugin than the requested one", async () => {
  await withRoot(async (root) => {
    writeRequirements(root, "xla-cuda13.txt", "some-cuda==1.2 --hash=sha256:00\n");
    const { message } = await assertRejects(
      () => ensureEngine("xla", { ...elsewhere, root, name: "cuda13" }),
      UserError,
    );
    assertStringIncludes(message, "darwin aarch64");
  });
});
