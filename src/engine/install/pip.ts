/**
 * Installs wheels into `.engine/` of the project and nowhere else: pinned by version and digest in a requirements file,
 * unpacked by pip. No Python code of a wheel runs.
 *
 * The name of a folder contains the version, and the folder is renamed to it at the end, so that it is always complete.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { fail } from "../../base/errors.ts";
import { projectRoot } from "../../base/files.ts";

export interface InstallOptions {
  /** Whether to install again where the engine is present. */
  force?: boolean | undefined;
  /** Called repeatedly with the progress, 0 to 1. */
  onProgress?: ((share: number) => void) | undefined;
  /** The project folder; tests use their own. */
  root?: string | undefined;
  /** Operating system and processor; tests use others. */
  platform?: { os: string; arch: string } | undefined;
}

/** Wheels to unpack. */
export interface Wheels {
  /** Name of a file in `requirements/`; its first pinned line gives the name of the folder. */
  requirements: string;
  /** A file that must exist after the installation, relative to the folder. */
  file: string;
  /** Bytes on the disk at the end of the installation, wheels and unpacked files, to compute the progress. */
  bytes: number;
  /** A last step on the unpacked wheels; returns why it failed, undefined on success. */
  finish?: (folder: string) => Promise<string | undefined>;
}

const abandonedAfter = 3600_000; // ms

/** Path of a requirements file of this project, e.g. of `xla-cpu.txt`. */
export function requirementsPath(name: string, root: string = projectRoot): string {
  return join(root, "src/engine/install/requirements", name);
}

/** The first pinned line of a requirements file, and the folder to which its wheels are unpacked. */
export function requirement(
  requirements: string,
  root: string = projectRoot,
): { name: string; version: string; folder: string } {
  const path = requirementsPath(requirements, root);
  const line = /^([\w-]+)==([\w.]+) /m.exec(readFileSync(path, "utf8"));
  if (!line) fail(`"${path}" pins no package: it needs a line name==version --hash=sha256:….`);
  const [, name, version] = line as unknown as [string, string, string];
  return { name, version, folder: join(root, ".engine", `${name}-${version}`) };
}

/** Why Python cannot install `what` here, as a sentence; undefined where it can. */
export async function whatPythonLacks(what: string): Promise<string | undefined> {
  const python = await output("python3", ["-c", "import sys; print(sys.version_info >= (3, 8))"]);
  if (!python) return `There is no python3 on the PATH, which is needed to install ${what}.`;
  if (python.text.trim() !== "True") return `This python3 is older than 3.8, too old to install ${what}.`;
  const pip = await output("python3", ["-m", "pip", "--version"]);
  if (pip?.code !== 0) return `This python3 has no pip, which is needed to install ${what}.`;
}

/**
 * Unpacks the wheels of a requirements file and replaces those installed before. Returns why it failed, as a sentence;
 * the former installation is then unchanged.
 */
export async function unpackWheels(wheels: Wheels, { onProgress, root = projectRoot }: InstallOptions) {
  const { name, version, folder } = requirement(wheels.requirements, root);
  const engine = join(root, ".engine");
  const work = join(engine, `install-${Deno.pid}.tmp`);
  const unpacked = join(work, "target");
  try {
    mkdirSync(work, { recursive: true });
    removeAbandoned(engine);
    const watch = setInterval(() => onProgress?.(Math.min(0.99, bytesIn(work) / wheels.bytes)), 200);
    try {
      const error = await pipInstall(requirementsPath(wheels.requirements, root), work);
      if (error) return `pip could not install ${name} ${version}: ${error.replace(/(?<![.?])$/, ".")}`;
      if (!existsSync(join(unpacked, wheels.file))) return `${name} ${version} does not contain ${wheels.file}.`;
      const unfinished = await wheels.finish?.(unpacked);
      if (unfinished) return unfinished;
    } finally {
      clearInterval(watch);
    }
    if (existsSync(folder)) renameSync(folder, join(work, "former"));
    renameSync(unpacked, folder);
  } catch (error) {
    // Another process may have installed the same wheels in the meantime.
    if (!existsSync(join(folder, wheels.file))) {
      return `${name} ${version} could not be put into ${engine}: ${(error as Error).message}.`;
    }
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  onProgress?.(1);
}

/** Returns why pip failed, as reported by pip; undefined on success. */
async function pipInstall(requirements: string, work: string): Promise<string | undefined> {
  const temporary = join(work, "pip");
  mkdirSync(temporary);
  const result = await output("python3", [
    ...["-m", "pip", "install", "--requirement", requirements, "--target", join(work, "target")],
    ...["--require-hashes", "--no-deps", "--only-binary=:all:", "--no-compile"],
    // No code of a wheel runs, so that the wheel need not match the Python of this machine.
    ...["--python-version", wheelPython, "--implementation", "cp"],
    // Nothing is written outside the project folder, and a missing network is reported soon.
    ...["--no-cache-dir", "--retries", "2", "--timeout", "15", "--disable-pip-version-check", "--no-input", "--quiet"],
  ], { TMPDIR: temporary, PIP_USER: "0", PIP_REQUIRE_VIRTUALENV: "0" });
  if (result?.code === 0) return undefined;
  const lines = (result?.error ?? "python3 did not start").trim().split("\n");
  // Without a network, pip's last error is "no matching distribution", which is misleading.
  if (lines.some((line) => /connection broken|ConnectionError|timed? ?out/i.test(line))) {
    return "the package index did not answer; is there a network?";
  }
  if (lines.some((line) => /No space left on device/i.test(line))) return "the disk is full.";
  const errors = lines.filter((line) => line.startsWith("ERROR:")).map((line) => line.slice("ERROR:".length).trim());
  return errors.join("; ") || lines.at(-1) || `pip ended with exit code ${result?.code}`;
}

/** The Python version of the wheels, where a package has one for each version. */
const wheelPython = "3.11";

/** Runs a program and returns its output; undefined when there is no such program. */
export async function output(
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

/** Removes the temporary folders of installations that were killed. */
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
    // pip may move files in the meantime
    bytes += statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false })?.size ?? 0;
  }
  return bytes;
}
