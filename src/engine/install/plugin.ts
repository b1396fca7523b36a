/**
 * The plugins of the xla engine: for each kind of device a shared library with the PJRT C API. The CUDA plugins are
 * installed together with the libraries of NVIDIA's wheels.
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
  /** Folders of the shared libraries that it needs; empty for CPUs. */
  libraries: string[];
}

/** Outcome of the installation of a plugin; `reason` is a sentence for the user. */
export type Installation =
  | { status: "present" | "installed"; plugin: Plugin }
  | { status: "skipped" | "failed"; reason: string };

/** Environment variable with the path of a plugin to use instead of the installed one. */
export const pluginVariable = "STORYLOOM_PJRT_PLUGIN";

const cuda = (generation: 12 | 13, bytes: number): Wheels & { kind: PluginKind } => ({
  kind: "cuda",
  requirements: `xla-cuda${generation}.txt`,
  file: join("jax_plugins", `xla_cuda${generation}`, "xla_cuda_plugin.so"),
  bytes,
});
/** All plugins, fastest first. Those for CUDA need a GPU whose driver is new enough. */
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
 * The installed plugin, or that of the environment variable STORYLOOM_PJRT_PLUGIN. Without a kind: the plugin for CUDA
 * where it is installed and there is an NVIDIA GPU, otherwise that for CPUs.
 *
 * @throws UserError when the file of the variable does not exist.
 */
export function findPlugin(kind?: PluginKind, root: string = projectRoot): Plugin | undefined {
  const given = Deno.env.get(pluginVariable);
  if (given) {
    if (!existsSync(given)) fail(`${pluginVariable} names "${given}", which does not exist: correct or unset it.`);
    const guessed = /cuda|gpu/i.test(basename(given)) ? "cuda" : "cpu";
    const version = `given by ${pluginVariable}`;
    return { kind: guessed, path: given, version, libraries: guessed === "cuda" ? nvidiaFolders(dirname(given)) : [] };
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

/** The folders nvidia/…/lib of the nearest folder `nvidia` above a plugin; none where it does not exist. */
function nvidiaFolders(folder: string): string[] {
  for (let above = folder; above !== dirname(above); above = dirname(above)) {
    const nvidia = join(above, "nvidia");
    if (!existsSync(nvidia)) continue;
    return readdirSync(nvidia).sort().map((name) => join(nvidia, name, "lib")).filter((path) => existsSync(path));
  }
  return [];
}

/**
 * Installs a plugin unless it is installed already; without a name, the one for this machine. Does not throw when the
 * machine lacks something, because other engines can be used instead; the result then contains the reason.
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

/** The name of the plugin for this machine. */
export function suitable(gpu = findGpu()): PluginName {
  return gpu ? `cuda${gpu.cuda}` : "cpu";
}

/** Why there is no plugin for a platform, as a sentence; undefined where there is one. */
export function unsupported({ os, arch }: { os: string; arch: string } = Deno.build): string | undefined {
  if (os === "linux" && arch === "x86_64") return undefined;
  return `The xla engine's plugin exists for linux x86_64 only, and this is ${os} ${arch}.`;
}
