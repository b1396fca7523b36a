/** Preloading on small libraries: `upper` calls a function of `lower` without saying where it is, as CUDA's do. */
import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { join } from "node:path";
import { UserError } from "../../../../src/base/errors.ts";
import type { Plugin } from "../../../../src/engine/install.ts";
import { librariesOf, preloadLibraries } from "../../../../src/engine/xla/pjrt/libraries.ts";

const compiler = await new Deno.Command("gcc", { args: ["--version"], stdout: "null", stderr: "null" }).output()
  .then(({ success }) => success, () => false);
const ignore = !compiler || Deno.build.os !== "linux";

async function compile(file: string, source: string): Promise<void> {
  const c = `${file}.c`;
  Deno.writeTextFileSync(c, source);
  const { success } = await new Deno.Command("gcc", { args: ["-shared", "-fPIC", "-o", file, c] }).output();
  assertEquals(success, true);
}

/** A plugin with two folders, one library in each; the libraries stay loaded, so every test has names of its own. */
async function withLibraries(tag: string, use: (plugin: Plugin, names: string[]) => void): Promise<void> {
  const root = await Deno.makeTempDir();
  try {
    const libraries = ["a", "b"].map((name) => join(root, name));
    for (const folder of libraries) Deno.mkdirSync(folder);
    const names = [`liblower${tag}.so.1`, `libupper${tag}.so.1`];
    await compile(join(libraries[1]!, names[0]!), `int lower${tag}(void) { return 41; }`);
    await compile(
      join(libraries[0]!, names[1]!),
      `int lower${tag}(void); int upper${tag}(void) { return lower${tag}() + 1; }`,
    );
    use({ kind: "cuda", path: join(root, "xla_cuda13", "plugin.so"), version: "test", libraries }, names);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

Deno.test({
  name: "preloadLibraries() lets a library find what one before it defines",
  ignore,
  fn: () =>
    withLibraries("One", (plugin, names) => {
      preloadLibraries(plugin, names);
      const path = join(plugin.libraries[0]!, names[1]!);
      const library = Deno.dlopen(path, { upperOne: { parameters: [], result: "i32" } });
      assertEquals(library.symbols.upperOne(), 42);
      library.close();
    }),
});

Deno.test({
  name: "preloadLibraries() names the library that is missing or does not load",
  ignore,
  fn: () =>
    withLibraries("Two", (plugin, names) => {
      const message = (list: string[]) => assertThrows(() => preloadLibraries(plugin, list), UserError).message;
      const missing = message([names[0]!, "libnothere.so.9"]);
      for (const word of ["libnothere.so.9", "cannot open shared object file", "setup --engine cuda"]) {
        assertStringIncludes(missing, word);
      }
      Deno.writeTextFileSync(join(plugin.libraries[0]!, "libbroken.so.1"), "no library");
      assertStringIncludes(message(["libbroken.so.1"]), "file too short");
    }),
});

Deno.test("librariesOf() starts with the driver's, follows the plugin's CUDA, and asks nothing for a CPU", () => {
  const plugin = {
    kind: "cuda",
    path: "/e/jax_plugins/xla_cuda13/p.so",
    version: "",
    libraries: ["/e/nvidia/cu13/lib"],
  } as const;
  const thirteen = librariesOf({ ...plugin, libraries: [...plugin.libraries] });
  assertEquals(thirteen[0], "libcuda.so.1");
  assertEquals(thirteen.includes("libcudart.so.13"), true);
  const twelve = librariesOf({ ...plugin, path: "/e/jax_plugins/xla_cuda12/p.so", libraries: ["/e/nvidia/cudnn/lib"] });
  assertEquals([twelve.includes("libcudart.so.12"), twelve.includes("libcudart.so.13")], [true, false]);
  assertEquals(librariesOf({ ...plugin, kind: "cpu", libraries: [] }), []);
  assertEquals(librariesOf({ ...plugin, libraries: [] }), []);
});
