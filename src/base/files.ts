/**
 * Atomic writing, and digests.
 *
 * Every file that a run keeps is written by `writeAtomic`: the bytes go to a temporary file in the same folder, are
 * flushed to the disk, and only then replace the former file. A full disk or a killed process can therefore lose the
 * new version only, never the old one.
 */
import { createHash, type Hash } from "node:crypto";
import {
  closeSync,
  fsyncSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { fail } from "./errors.ts";

/** Absolute path of the project folder, wherever the program was started from. */
export const projectRoot: string = resolve(dirname(fileURLToPath(import.meta.url)), "../..");

/**
 * Replaces a file atomically.
 *
 * On any error the former file is unchanged and the temporary one is removed. The folder must exist.
 *
 * @example
 * ```ts
 * import { readJson, sha256File, writeAtomic } from "./files.ts";
 * const path = `${await Deno.makeTempDir()}/status.json`;
 * writeAtomic(path, '{"step": 100}\n');
 * if (readJson<{ step: number }>(path).step !== 100) throw new Error("not what was written");
 * if (sha256File(path).length !== 64) throw new Error("64 hexadecimal digits");
 * ```
 *
 * @throws UserError when the file cannot be written, e.g. because the disk is full.
 */
export function writeAtomic(path: string, content: Uint8Array | string): void {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  // The process id prevents two programs from writing to the same temporary file.
  const temporary = `${path}.${Deno.pid}.tmp`;
  try {
    const file = openSync(temporary, "w");
    try {
      // A write may store fewer bytes than given: on a nearly full disk, or beyond 2 GiB.
      for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at, Math.min(bytes.length - at, 1 << 30));
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    fail(`Cannot write "${path}": ${reason(error)}. What was there before is untouched.`, error);
  }
  syncFolder(dirname(path));
}

/** Flushes a rename to the disk, on systems that can open a folder. */
function syncFolder(path: string): void {
  try {
    const folder = openSync(path, "r");
    try {
      fsyncSync(folder);
    } finally {
      closeSync(folder);
    }
  } catch {
    // Windows cannot open a folder as a file.
  }
}

/** Whether there is a file or folder at `path`. */
export function exists(path: string): boolean {
  try {
    statSync(path);
    return true;
  } catch {
    return false;
  }
}

/**
 * Reads a JSON file. The type is not checked: validate files that come from outside the project.
 *
 * @throws UserError when the file is missing or is not JSON.
 */
export function readJson<T = unknown>(path: string): T {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    fail(`Cannot read "${path}": ${reason(error)}.`, error);
  }
  try {
    return JSON.parse(text) as T;
  } catch (error) {
    fail(
      `Cannot read "${path}" as JSON: ${
        (error as Error).message
      }. It may be truncated or edited by hand; restore or delete it.`,
      error,
    );
  }
}

/**
 * Reads a file of one JSON value a line; [] where there is no file. The type is not checked.
 *
 * @param remedy what the user can do about a damaged line, for the message
 * @param growing whether a last line without its end is left out, as a kill cuts it short
 * @throws UserError naming the first line that is not JSON.
 */
export function readJsonLines<T>(path: string, remedy: string, growing = false): T[] {
  if (!exists(path)) return [];
  const lines = readFileSync(path, "utf8").split("\n");
  if (growing || lines.at(-1) === "") lines.pop();
  return lines.map((line, i) => {
    try {
      return JSON.parse(line) as T;
    } catch (error) {
      fail(`"${path}" is damaged in line ${i + 1}: ${reasonInLine(error)}. ${remedy}`, error);
    }
  });
}

/** SHA-256 as 64 hexadecimal digits. */
export function sha256(content: Uint8Array | string): string {
  return createHash("sha256").update(content).digest("hex");
}

/**
 * SHA-256 of a file, read in chunks of 4 MiB.
 *
 * @throws UserError when the file cannot be read.
 */
export function sha256File(path: string): string {
  const hash: Hash = createHash("sha256");
  const chunk = new Uint8Array(1 << 22);
  try {
    const file = openSync(path, "r");
    try {
      for (let size; (size = readSync(file, chunk, 0, chunk.length, null)) > 0;) hash.update(chunk.subarray(0, size));
    } finally {
      closeSync(file);
    }
  } catch (error) {
    fail(`Cannot read "${path}": ${reason(error)}.`, error);
  }
  return hash.digest("hex");
}

/** SHA-256 of a JSON value, independent of the order of its keys. */
export function digestJson(value: unknown): string {
  return sha256(JSON.stringify(sortKeys(value)));
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (value === null || typeof value !== "object") return value;
  const entries = Object.entries(value).sort(([a], [b]) => a < b ? -1 : a > b ? 1 : 0);
  return Object.fromEntries(entries.map(([key, item]) => [key, sortKeys(item)]));
}

const reasons: Record<string, string> = {
  ENOSPC: "the disk is full",
  EROFS: "the disk is read-only",
  ENOENT: "there is no such file or folder",
  EACCES: "permission denied",
  EPERM: "the operation is not permitted",
  EISDIR: "it is a folder",
  ENOTDIR: "a part of the path is not a folder",
};

/** A file-system error in plain words, without the final period. */
export function reason(error: unknown): string {
  const { code, message } = error as { code?: string; message?: string };
  return reasons[code ?? ""] ?? message ?? String(error);
}

/** Why one line of a file is not JSON: {@link reason} without the parser's own count, which calls every line "line 1". */
export function reasonInLine(error: unknown): string {
  return reason(error).replace(/ in JSON at position \d+ \(line 1 column (\d+)\)$/, " at column $1");
}
