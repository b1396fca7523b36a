/**
 * Cache of compiled programs on disk, because compiling a training step takes many times as long as running it.
 *
 * An entry is the machine code of a program, named by the digest of everything it depends on, so that no entry becomes
 * outdated. An entry that is damaged or rejected by the plugin is compiled again; without write permission the cache is
 * not used. The least recently used entries are removed when the total size exceeds the limit.
 */
import { Buffer } from "node:buffer";
import { type Dirent, mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { UserError } from "../../../base/errors.ts";
import { projectRoot, sha256, writeAtomic } from "../../../base/files.ts";
import type { Device, Executable } from "../pjrt/device.ts";
import type { TensorType } from "../pjrt/tensors.ts";
import { XlaError } from "../pjrt/plugin.ts";

/** Location and limits of the cache. */
export interface ProgramCache {
  folder: string;
  /** Maximum total size of the entries, in bytes. */
  limit: number;
  /** Minimum length of a module that is stored, in characters. */
  worth: number;
}

/** Length of a long module in characters, about a hundred operations; shorter ones compile quickly. */
export const longModule = 16_000;

/** Environment variable with another folder for the cache, or `off`. */
export const cacheVariable = "STORYLOOM_PROGRAM_CACHE";

/** The cache of this project, or that of the environment variable; undefined where it is off. */
export function programCache(): ProgramCache | undefined {
  const given = Deno.env.get(cacheVariable);
  if (given === "off") return undefined;
  return { folder: given || join(projectRoot, ".engine", "programs"), limit: 1e9, worth: longModule };
}

/** Compiles a program, or loads it from the cache; both give the same bits. */
export function compileCached(
  device: Device,
  module: string,
  outputs: TensorType[],
  cache: ProgramCache | undefined = programCache(),
): { program: Executable; cached: boolean } {
  if (!cache || module.length < cache.worth) return { program: device.compile(module, outputs), cached: false };
  const path = join(cache.folder, `${keyOf(device, module)}${suffix}`);
  const kept = load(device, path, outputs);
  if (kept) return { program: kept, cached: true };
  const program = device.compile(module, outputs);
  store(device, program, path, cache);
  return { program, cached: false };
}

/** The entries of a cache, the least recently used first; empty where the folder does not exist. */
export function listPrograms(folder: string): { path: string; bytes: number; used: number }[] {
  return filesIn(folder).filter(({ path }) => path.endsWith(suffix)).sort((a, b) => a.used - b.used);
}

/** Removes every entry and incomplete files of killed processes; other files in the folder are kept. */
export function clearPrograms(folder: string): void {
  for (const { path } of filesIn(folder)) if (isOurs(path)) rmSync(path, { force: true });
}

// ---------------------------------------------------------------------------------------------------------------------

const suffix = ".program";
const isOurs = (path: string) => path.endsWith(suffix) || new RegExp(`\\${suffix}\\.\\d+\\.tmp$`).test(path);
/** First bytes of an entry; its digest and the code follow. */
const magic = "storyloom program 1\n";
const headerBytes = magic.length + 64;
const abandonedAfter = 3600_000; // ms

/** Digest of everything on which the machine code depends. */
function keyOf(device: Device, module: string): string {
  const plugin = statSync(device.plugin.path);
  return sha256(JSON.stringify([
    module,
    // Size and time stand for the plugin, because digesting its 265 MB takes longer than loading a program.
    [plugin.size, plugin.mtimeMs, device.plugin.version],
    [device.platform, device.version, device.names[0]],
    [...device.compileOptions],
    Deno.env.get("XLA_FLAGS") ?? "",
    // The code depends on the number of threads and on the instruction sets of the processor.
    [navigator.hardwareConcurrency, processor()],
  ]));
}

let described: string[] | undefined;
/** The processor's model and instruction sets. */
function processor(): string[] {
  return described ??= describeProcessor();
}
function describeProcessor(): string[] {
  const model = [Deno.build.arch, cpus()[0]?.model ?? ""];
  try {
    return [...model, /^flags\s*:.*/m.exec(readFileSync("/proc/cpuinfo", "utf8"))?.[0] ?? ""];
  } catch {
    return model; // the file exists on Linux only
  }
}

/** The program of an entry; undefined where it does not exist or is damaged. */
function load(device: Device, path: string, outputs: TensorType[]): Executable | undefined {
  try {
    const bytes = readFileSync(path);
    const code = new Uint8Array(bytes.subarray(headerBytes));
    if (bytes.toString("latin1", 0, headerBytes) !== magic + sha256(code)) return undefined;
    const program = device.load(code, outputs);
    touch(path);
    return program;
  } catch (error) {
    if (error instanceof XlaError || isFileError(error)) return undefined;
    throw error;
  }
}

/** Updates the time of last use of an entry. */
function touch(path: string): void {
  try {
    utimesSync(path, new Date(), new Date());
  } catch {
    // In a read-only folder nothing is removed, so that the time of use does not matter.
  }
}

function store(device: Device, program: Executable, path: string, { folder, limit }: ProgramCache): void {
  try {
    const code = device.serialize(program);
    if (code.length + headerBytes > limit) return;
    mkdirSync(folder, { recursive: true });
    writeAtomic(path, Buffer.concat([Buffer.from(magic + sha256(code), "latin1"), code]));
    makeRoom(folder, limit);
  } catch (error) {
    // The plugin cannot serialise this program, or the disk is full or read-only: the program is not cached.
    if (!(error instanceof XlaError || error instanceof UserError || isFileError(error))) throw error;
  }
}

/** Removes the least recently used entries until the limit is kept, and old files of killed processes. */
function makeRoom(folder: string, limit: number): void {
  const entries = listPrograms(folder);
  let total = entries.reduce((sum, { bytes }) => sum + bytes, 0);
  for (const { path, bytes } of entries) {
    if (total <= limit) break;
    rmSync(path, { force: true });
    total -= bytes;
  }
  for (const { path, used } of filesIn(folder)) {
    if (isOurs(path) && path.endsWith(".tmp") && Date.now() - used > abandonedAfter) rmSync(path, { force: true });
  }
}

function filesIn(folder: string): { path: string; bytes: number; used: number }[] {
  let names: Dirent[] = [];
  try {
    names = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isFile());
  } catch (error) {
    if (!isFileError(error)) throw error;
  }
  return names.flatMap(({ name }) => {
    const path = join(folder, name);
    const stat = statSync(path, { throwIfNoEntry: false }); // another process may have removed it
    return stat ? [{ path, bytes: stat.size, used: stat.mtimeMs }] : [];
  });
}

const isFileError = (error: unknown) =>
  error instanceof Error && typeof (error as { code?: unknown }).code === "string";
