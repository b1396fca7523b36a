/**
 * The xla engine's plugins: one shared library that speaks the PJRT C API for each kind of device. On CUDA the libraries
 * of NVIDIA's wheels lie beside it.
 */
import { existsSync, readdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fail } from "../../base/errors.ts";
import { projectRoot } from "../../base/files.ts";
import { findGpu } from "./gpu.ts";
import {
  type InstallOptions,
  requirement,
  requirementsPath,
  unpackWheels,
  whatPythonLacks,
  type Wheels,
} from "./pip.ts";

export type PluginKind = "cpu" | "cuda";

/** A plugin on this machine. */
export interface Plugin {
  kind: PluginKind;
  path: string;
  version: string;
  /** Folders of the shared libraries that it needs. */
  libraries: string[];
}

/** How the installation of a plugin ended; `reason` is one sentence for the user. */
export type Installation =
  | { status: "present" | "installed"; plugin: Plugin }
  | { status: "skipped" | "failed"; reason: string };

/** Names a plugin that is used instead of the installed one. */
export const pluginVariable = "STORYLOOM_PJRT_PLUGIN";

/** The plugins that there are, best first: those of CUDA only serve where the GPU's driver is new enough. */
const cuda = (generation: 12 | 13, bytes: number): Wheels & { kind: PluginKind } => ({
  kind: "cuda",
  requirements: `xla-cuda${generation}.txt`,
  file: join("jax_plugins", `xla_cuda${generation}`, "xla_cuda_plugin.so"),
  bytes,
});
export const plugins = {
  cuda13: cuda(13, 6.5e9),
  cuda12: cuda(12, 8e9),
  cpu: {
    kind: "cpu",
    requirements: "xla-cpu.txt",
    file: join("lammps_jax_pjrt_cpu", "pjrt_c_api_cpu_plugin.so"),
    bytes: 265e6,
  },
} as const satisfies Record<string, Wheels & { kind: PluginKind }>;
export type PluginName = keyof typeof plugins;

/**
 * The plugin of this project, or the one that the environment variable STORYLOOM_PJRT_PLUGIN names. Without a kind: that
 * of CUDA where it is installed and there is an NVIDIA GPU, else that of the CPU.
 *
 * @throws UserError when the variable names a file that is not there.
 */
export function findPlugin(kind?: PluginKind, root: string = projectRoot): Plugin | undefined {
  const given = Deno.env.get(pluginVariable);
  if (given) {
    if (!existsSync(given)) fail(`${pluginVariable} names "${given}", which is not there: correct or unset it.`);
    const told = /cuda|gpu/i.test(basename(given)) ? "cuda" : "cpu";
    const version = `given by ${pluginVariable}`;
    return { kind: told, path: given, version, libraries: told === "cuda" ? nvidiaFolders(dirname(given)) : [] };
  }
  if (kind === undefined && !findGpu()) kind = "cpu";
  for (const [name, { kind: offered }] of Object.entries(plugins)) {
    const plugin = !kind || offered === kind ? installed(name as PluginName, root) : undefined;
    if (plugin) return plugin;
  }
}

function installed(name: PluginName, root: string): Plugin | undefined {
  const { kind, requirements, file } = plugins[name];
  if (!existsSync(requirementsPath(requirements, root))) return undefined; // a copy of the project for CPUs only
  const { folder, name: wheel, version } = requirement(requirements, root);
  const path = join(folder, file);
  if (!existsSync(path)) return undefined;
  return { kind, path, version: `${wheel} ${version}`, libraries: nvidiaFolders(dirname(path)) };
}

/** The folders nvidia/…/lib of the nearest folder `nvidia` above a plugin; none where there is no such folder. */
function nvidiaFolders(folder: string): string[] {
  for (let above = folder; above !== dirname(above); above = dirname(above)) {
    const nvidia = join(above, "nvidia");
    if (!existsSync(nvidia)) continue;
    return readdirSync(nvidia).sort().map((name) => join(nvidia, name, "lib")).filter((path) => existsSync(path));
  }
  return [];
}

/**
 * Installs a plugin unless it is there; without a name, the one that suits this machine. Never throws for what a machine
 * lacks: the kit runs without the plugin, and the result says in a sentence why it is missing.
 */
export async function installPlugin(
  { name = suitable(), ...options }: InstallOptions & { name?: PluginName } = {},
): Promise<Installation> {
  const { force = false, root = projectRoot, platform = Deno.build } = options;
  const present = Deno.env.get(pluginVariable) ? findPlugin(undefined, root) : installed(name, root);
  if (present && !force) return { status: "present", plugin: present };
  const lacking = unsupported(platform) ?? await whatPythonLacks("the xla engine's plugin");
  if (lacking) return { status: "skipped", reason: lacking };
  const reason = await unpackWheels(plugins[name], options);
  return reason ? { status: "failed", reason } : { status: "installed", plugin: installed(name, root)! };
}

/** The plugin that suits this machine. */
export function suitable(gpu = findGpu()): PluginName {
  return gpu ? `cuda${gpu.cuda}` : "cpu";
}

/** Why there is no plugin for a platform, in a sentence; undefined where there is one. */
export function unsupported({ os, arch }: { os: string; arch: string } = Deno.build): string | undefined {
  if (os === "linux" && arch === "x86_64") return undefined;
  return `The xla engine's plugin exists for linux x86_64 only, and this is ${os} ${arch}.`;
}
