/**
 * Brings the xla engine's plugin: a shared library from a Python wheel, pinned by version and digest in
 * requirements.txt, unpacked by pip into `.engine/` inside the project and nowhere else.
 *
 * The folder's name carries the version and appears by one rename at the end, so a plugin that is there is whole.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { fail } from "../base/errors.ts";
import { projectRoot } from "../base/files.ts";

/** A plugin on this machine. */
export interface Plugin {
  path: string;
  version: string;
}

/** How an installation ended; `reason` is one sentence for the user. */
export type Installation =
  | { status: "present" | "installed"; plugin: Plugin }
  | { status: "skipped" | "failed"; reason: string };

export interface InstallOptions {
  /** Install again even where the plugin is present. */
  force?: boolean;
  /** Called now and then with the share of the work that is done, 0 to 1. */
  onProgress?: (share: number) => void;
  /** The project folder; tests give their own. */
  root?: string;
  /** Operating system and processor; tests give others. */
  platform?: { os: string; arch: string };
}

/** Names a plugin that is used instead of the installed one. */
export const pluginVariable = "STORYLOOM_PJRT_PLUGIN";

const library = join("lammps_jax_pjrt_cpu", "pjrt_c_api_cpu_plugin.so");
/** Bytes on the disk at the end, wheel and unpacked library: the measure of progress. */
const expectedBytes = 265e6;
const abandonedAfter = 3600_000; // ms

/**
 * The plugin of this project, or the one that the environment variable STORYLOOM_PJRT_PLUGIN names.
 *
 * @throws UserError when the variable names a file that is not there.
 */
export function findPlugin(root: string = projectRoot): Plugin | undefined {
  const given = Deno.env.get(pluginVariable);
  if (given) {
    if (!existsSync(given)) fail(`${pluginVariable} names "${given}", which is not there: correct or unset it.`);
    return { path: given, version: `given by ${pluginVariable}` };
  }
  const { name, version } = requirement(root);
  const path = join(root, ".engine", `${name}-${version}`, library);
  return existsSync(path) ? { path, version: `${name} ${version}` } : undefined;
}

/**
 * Installs the plugin unless it is there. Never throws for what a machine lacks: the kit runs without the plugin, and
 * the result says in a sentence why it is missing.
 */
export async function installPlugin(options: InstallOptions = {}): Promise<Installation> {
  const { force = false, onProgress, root = projectRoot, platform = Deno.build } = options;
  const present = findPlugin(root);
  if (present && !force) return { status: "present", plugin: present };
  const lacking = unsupported(platform) ?? await whatPythonLacks();
  if (lacking) return { status: "skipped", reason: lacking };

  const { name, version } = requirement(root);
  const engine = join(root, ".engine");
  const target = join(engine, `${name}-${version}`);
  const work = join(engine, `install-${Deno.pid}.tmp`);
  try {
    mkdirSync(work, { recursive: true });
    removeAbandoned(engine);
    const watch = setInterval(() => onProgress?.(Math.min(0.99, bytesIn(work) / expectedBytes)), 200);
    const error = await pipInstall(join(root, "requirements.txt"), work).finally(() => clearInterval(watch));
    if (error) {
      return {
        status: "failed",
        reason: `pip could not install ${name} ${version}: ${error.replace(/(?<![.?])$/, ".")}`,
      };
    }
    if (!existsSync(join(work, "target", library))) {
      return { status: "failed", reason: `${name} ${version} came without ${library}.` };
    }
    if (existsSync(target)) renameSync(target, join(work, "former"));
    renameSync(join(work, "target"), target);
  } catch (error) {
    // Another process may have been first; what it brought is as good as ours.
    const other = findPlugin(root);
    if (other) return { status: "installed", plugin: other };
    return { status: "failed", reason: `The plugin could not be put into ${engine}: ${(error as Error).message}.` };
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  onProgress?.(1);
  return { status: "installed", plugin: findPlugin(root)! };
}

/** The one pinned line of requirements.txt. */
function requirement(root: string): { name: string; version: string } {
  const path = join(root, "requirements.txt");
  const line = /^([\w-]+)==([\w.]+) /m.exec(readFileSync(path, "utf8"));
  if (!line) fail(`"${path}" pins no plugin: it needs a line name==version --hash=sha256:….`);
  return { name: line[1]!, version: line[2]! };
}

/** Why there is no plugin for a platform, in a sentence; undefined where there is one. */
export function unsupported({ os, arch }: { os: string; arch: string } = Deno.build): string | undefined {
  if (os === "linux" && arch === "x86_64") return undefined;
  return `The xla engine's plugin exists for linux x86_64 only, and this is ${os} ${arch}.`;
}

async function whatPythonLacks(): Promise<string | undefined> {
  const python = await output("python3", ["-c", "import sys; print(sys.version_info >= (3, 8))"]);
  if (!python) return "There is no python3 on the PATH, which brings the xla engine's plugin.";
  if (python.text.trim() !== "True") return "This python3 is older than 3.8, too old to bring the xla engine's plugin.";
  const pip = await output("python3", ["-m", "pip", "--version"]);
  if (pip?.code !== 0) return "This python3 has no pip, which brings the xla engine's plugin.";
}

/** Returns what went wrong, in pip's own words. */
async function pipInstall(requirements: string, work: string): Promise<string | undefined> {
  const temporary = join(work, "pip");
  mkdirSync(temporary);
  const result = await output("python3", [
    ...["-m", "pip", "install", "--requirement", requirements, "--target", join(work, "target")],
    ...["--require-hashes", "--no-deps", "--only-binary=:all:", "--no-compile"],
    // Nothing outside the project folder, and no long waits where there is no network.
    ...["--no-cache-dir", "--retries", "2", "--timeout", "15", "--disable-pip-version-check", "--no-input", "--quiet"],
  ], { TMPDIR: temporary, PIP_USER: "0", PIP_REQUIRE_VIRTUALENV: "0" });
  if (result?.code === 0) return undefined;
  const lines = (result?.error ?? "python3 did not start").trim().split("\n");
  // pip's last error would then be "no matching distribution", as if the version did not exist.
  if (lines.some((line) => /connection broken|ConnectionError|timed? ?out/i.test(line))) {
    return "the package index did not answer; is there a network?";
  }
  const errors = lines.filter((line) => line.startsWith("ERROR:")).map((line) => line.slice("ERROR:".length).trim());
  return errors.join("; ") || lines.at(-1) || `pip ended with exit code ${result?.code}`;
}

/** Runs a program; undefined when there is none of that name. */
async function output(
  program: string,
  args: string[],
  env: Record<string, string> = {},
): Promise<{ code: number; text: string; error: string } | undefined> {
  try {
    const { code, stdout, stderr } = await new Deno.Command(program, { args, env, stdin: "null" }).output();
    const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    return { code, text: decode(stdout), error: decode(stderr) };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.PermissionDenied) return undefined;
    throw error;
  }
}

/** Work folders of installations that were killed. */
function removeAbandoned(engine: string): void {
  for (const name of readdirSync(engine)) {
    const path = join(engine, name);
    const old = name.endsWith(".tmp") && Date.now() - statSync(path).mtimeMs > abandonedAfter;
    if (old) rmSync(path, { recursive: true, force: true });
  }
}

function bytesIn(folder: string): number {
  let bytes = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    // pip moves files while we look.
    bytes += statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false })?.size ?? 0;
  }
  return bytes;
}
