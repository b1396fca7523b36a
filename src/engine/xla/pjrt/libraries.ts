/**
 * Loads the shared libraries of a CUDA plugin from the folders of NVIDIA's wheels before the plugin is opened, so that
 * LD_LIBRARY_PATH need not be set. The plugin itself opens them later by their plain names.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fail } from "../../../base/errors.ts";
import type { Plugin } from "../../install.ts";

/** The libraries of each CUDA generation; each library is listed after its own dependencies. */
const cudaLibraries = {
  13: [
    ...["libcudart.so.13", "libnvrtc.so.13", "libnvJitLink.so.13", "libcublasLt.so.13", "libcublas.so.13"],
    ...["libnccl.so.2", "libcupti.so.13", "libcusparse.so.12", "libcusolver.so.12", "libcufft.so.12"],
    ...["libnvshmem_host.so.3", "libcudnn.so.9"],
  ],
  12: [
    ...["libcudart.so.12", "libnvrtc.so.12", "libnvJitLink.so.12", "libcublasLt.so.12", "libcublas.so.12"],
    ...["libnccl.so.2", "libcupti.so.12", "libcusparse.so.12", "libcusolver.so.11", "libcufft.so.11"],
    ...["libnvshmem_host.so.3", "libcudnn.so.9"],
  ],
} as const;

/** The library of the driver, which is installed with the driver and not by a wheel. */
const driver = "libcuda.so.1";

/**
 * The libraries of a CUDA plugin, in the order in which they must be loaded. None for CPUs, and none for a plugin
 * without folders of libraries, which may find them in the search path of the system.
 */
export function librariesOf({ kind, path, libraries }: Plugin): readonly string[] {
  if (kind === "cpu" || libraries.length === 0) return [];
  return [driver, ...cudaLibraries[/cuda12/.test(path) ? 12 : 13]];
}

/**
 * Loads the libraries of a plugin, from its own folders or the search path of the system, before the plugin is opened.
 * They stay loaded until the process ends.
 *
 * @param names Names of the libraries, dependencies first.
 * @throws UserError that names the library that is missing or does not load, and the command that installs it.
 */
export function preloadLibraries(plugin: Plugin, names: readonly string[] = librariesOf(plugin)): void {
  if (names.length === 0) return;
  const { load, lastError } = loader();
  for (const name of names) {
    const file = plugin.libraries.map((folder) => join(folder, name)).find((path) => existsSync(path));
    if (load(file ?? name)) continue;
    const remedy = name === driver
      ? "It belongs to NVIDIA's driver: install the driver, or set engine=tensorflow, wasm or cpu."
      : `Run \`deno task setup --engine cuda --force\`, which installs it beside the plugin.`;
    fail(`The CUDA library ${name} that the XLA plugin needs cannot be loaded: ${lastError()}. ${remedy}`);
  }
}

/** The C functions that load a library with globally visible symbols, which Deno.dlopen does not. */
function loader(): { load(path: string): boolean; lastError(): string } {
  const functions = {
    dlopen: { parameters: ["buffer", "i32"], result: "pointer" },
    dlerror: { parameters: [], result: "pointer" },
  } as const;
  const now = 0x2, global = 0x100, noDelete = 0x1000; // RTLD_NOW, RTLD_GLOBAL, RTLD_NODELETE of <dlfcn.h>
  for (const library of ["libc.so.6", "libdl.so.2"]) { // dlopen moved from the second to the first with glibc 2.34
    try {
      const { symbols } = Deno.dlopen(library, functions);
      return {
        load: (path) => symbols.dlopen(new TextEncoder().encode(`${path}\0`), now | global | noDelete) !== null,
        lastError: () => {
          const text = symbols.dlerror();
          return text === null ? "no reason was given" : new Deno.UnsafePointerView(text).getCString();
        },
      };
    } catch { // try the next library
    }
  }
  return { load: () => false, lastError: () => "this system has no dlopen" };
}
