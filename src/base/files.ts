/**
 * Files that are never half-written, and digests.
 *
 * Everything a run keeps goes through `writeAtomic`: the bytes go to a temporary file in the same folder, are forced to
 * the disk, and only then take the place of the former file. A full disk or a killed process therefore costs the new
 * version at most, never the old one.
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
 * Replaces a file as a whole.
 *
 * On any error the former file is untouched and the temporary one is removed. The folder must exist.
 *
 * @throws UserError when the file cannot be written, e.g. because the disk is full.
 */
export function writeAtomic(path: string, content: Uint8Array | string): void {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  // The process id keeps two programs from writing into one temporary file.
  const temporary = `${path}.${Deno.pid}.tmp`;
  try {
    const file = openSync(temporary, "w");
    try {
      // One write may take fewer bytes than given: near a full disk, or past 2 GiB.
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

/** Forces a rename to the disk; not every system can open a folder, and there the rename is as safe as it gets. */
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
 * Reads a JSON file. The type is the caller's claim: check what comes from outside.
 *
 * @throws UserError when the file is missing or is no JSON.
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
      `Cannot read "${path}" as JSON: ${(error as Error).message}. It may be half-written or edited by hand.`,
      error,
    );
  }
}

/** SHA-256 as 64 hexadecimal digits. */
export function sha256(content: Uint8Array | string): string {
  return createHash("sha256").update(content).digest("hex");
}

/**
 * SHA-256 of a file, read in pieces of 4 MiB.
 *
 * @throws UserError when the file cannot be read.
 */
export function sha256File(path: string): string {
  const hash: Hash = createHash("sha256");
  const piece = new Uint8Array(1 << 22);
  try {
    const file = openSync(path, "r");
    try {
      for (let size; (size = readSync(file, piece, 0, piece.length, null)) > 0;) hash.update(piece.subarray(0, size));
    } finally {
      closeSync(file);
    }
  } catch (error) {
    fail(`Cannot read "${path}": ${reason(error)}.`, error);
  }
  return hash.digest("hex");
}

/** SHA-256 of a JSON value that does not depend on the order of its keys. */
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
  ENOTDIR: "a part of the path is no folder",
};

/** A file-system error in words. */
export function reason(error: unknown): string {
  const { code, message } = error as { code?: string; message?: string };
  return reasons[code ?? ""] ?? message ?? String(error);
}
