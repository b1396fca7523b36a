import { assertMatch, assertStringIncludes, assertThrows } from "@std/assert";
import { UserError } from "../../../../src/base/errors.ts";
import { checkProcessor } from "../../../../src/engine/xla/pjrt/loading.ts";
import { openPlugin } from "../../../../src/engine/xla/pjrt/plugin.ts";
import { compileLibrary, compilerIsThere } from "../../../fixtures/compile_c.ts";
import { withFolder } from "../../../runs/help.ts";

/** The first bytes of an ELF file for a machine. */
function elf(machine: number): Uint8Array {
  const bytes = new Uint8Array(64);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]); // magic, 64 bits, little-endian, version
  new DataView(bytes.buffer).setUint16(18, machine, true);
  return bytes;
}

Deno.test("checkProcessor() refuses a library for another processor and names both", () =>
  withFolder((folder) => {
    const path = `${folder}/plugin.so`;
    Deno.writeFileSync(path, elf(183));
    assertThrows(() => checkProcessor(path, "x86_64"), UserError, "is for aarch64, and this machine is x86_64");
    checkProcessor(path, "aarch64");
    Deno.writeFileSync(path, elf(62));
    assertThrows(() => checkProcessor(path, "aarch64"), UserError, "is for x86_64, and this machine is aarch64");
    Deno.writeFileSync(path, elf(8));
    assertThrows(() => checkProcessor(path, "x86_64"), UserError, "is for processor 8");
    Deno.writeTextFileSync(path, "a text"); // not ours to judge
    checkProcessor(path, "x86_64");
    checkProcessor(`${folder}/none.so`, "x86_64");
  }));

Deno.test({
  name: "openPlugin() names the library that a plugin needs and the machine lacks",
  ignore: !compilerIsThere || Deno.build.os !== "linux",
  fn: () =>
    withFolder(async (folder) => {
      const [needed, plugin] = [`${folder}/libneeded.so.13`, `${folder}/plugin.so`];
      Deno.writeTextFileSync(`${folder}/needed.c`, "int needed(void) { return 1; }");
      Deno.writeTextFileSync(`${folder}/plugin.c`, "int needed(void); int GetPjrtApi(void) { return needed(); }");
      await compileLibrary(`${folder}/needed.c`, needed);
      await compileLibrary(`${folder}/plugin.c`, plugin, `-L${folder}`, "-l:libneeded.so.13");
      const { message } = assertThrows(() => openPlugin(plugin), UserError);
      assertStringIncludes(message, "needs the library libneeded.so.13");
      assertMatch(message, /^[^\n]+deno task setup[^\n]+$/);
    }),
});
