/**
 * A download, zip or folder, read the same way.
 *
 * Paths are relative, with "/" on every system, and never leave the folder: names that try to are refused when the
 * archive is opened, links out of a folder when they are read.
 */
import { realpath } from "node:fs/promises";
import { crc32 } from "node:zlib";
import yauzl from "yauzl";
import { fail } from "../../base/errors.ts";
import { reason } from "../../base/files.ts";

export interface Archive {
  /** The path it was opened from, for messages. */
  where: string;
  /** Paths of all files, sorted by code unit. */
  paths: string[];
  has(path: string): boolean;
  /**
   * The bytes of a file; several may be read at a time.
   *
   * @throws UserError when there is no such file, it is damaged or larger than `limit` bytes (default 256 MiB).
   */
  read(path: string, limit?: number): Promise<Uint8Array>;
  close(): void;
}

/** Larger files are refused unless a reader says otherwise: no single picture or list is. */
const defaultLimit = 2 ** 28;

/** A file of an archive: its size as far as the archive says so, and its bytes. */
interface Entry {
  size(): Promise<number>;
  read(limit: number): Promise<Uint8Array>;
}

/**
 * Opens a zip file or a folder.
 *
 * @throws UserError when there is no such path, or the zip is damaged or holds a path that leaves it.
 */
export async function openArchive(where: string): Promise<Archive> {
  const info = await Deno.stat(where).catch((error) => fail(`Cannot read "${where}": ${reason(error)}.`, error));
  if (!info.isDirectory && !info.isFile) fail(`"${where}" is neither a folder nor a zip file.`);
  const { entries, close } = info.isDirectory ? await openFolder(where) : await openZip(where);
  return {
    where,
    paths: [...entries.keys()].sort(),
    has: (path) => entries.has(path),
    async read(path, limit = defaultLimit) {
      const entry = entries.get(path) ?? fail(`"${where}" has no file "${path}".`);
      const size = await entry.size();
      if (size > limit) fail(`"${path}" in "${where}" has ${size} bytes, and at most ${limit} were expected.`);
      return await entry.read(limit);
    },
    close,
  };
}

/** The path that ends in `name`, itself a path or a file's name, at the top or in any folder; the shortest one counts. */
export function findInArchive({ paths }: Pick<Archive, "paths">, name: string): string | undefined {
  return paths.filter((path) => path === name || path.endsWith(`/${name}`))
    .reduce((a: string | undefined, b) => a === undefined || b.length < a.length ? b : a, undefined);
}

/**
 * The same archive seen from the folder that holds `landmark`, e.g. one folder down in a zip with a top folder. The
 * shortest such path counts.
 *
 * @throws UserError when no folder has it.
 */
export function archiveAt(archive: Archive, landmark: string): Archive {
  const found = findInArchive(archive, landmark);
  if (found === undefined) fail(`"${archive.where}" holds no "${landmark}", neither at the top nor in a folder.`);
  const prefix = found.slice(0, found.length - landmark.length);
  if (prefix === "") return archive;
  return {
    ...archive,
    paths: archive.paths.filter((path) => path.startsWith(prefix)).map((path) => path.slice(prefix.length)),
    has: (path) => archive.has(prefix + path),
    read: (path, limit) => archive.read(prefix + path, limit),
  };
}

async function openFolder(where: string): Promise<{ entries: Map<string, Entry>; close(): void }> {
  const top = await realpath(where);
  const entries = new Map<string, Entry>();
  async function walk(folder: string): Promise<void> {
    for await (const { name, isDirectory } of Deno.readDir(`${top}/${folder}`)) {
      const path = folder + name;
      if (isDirectory) await walk(`${path}/`);
      else entries.set(path, fileEntry(top, path));
    }
  }
  await walk("").catch((error) => fail(`Cannot read "${where}": ${reason(error)}.`, error));
  return { entries, close() {} };
}

function fileEntry(top: string, path: string): Entry {
  const refuse = (error: unknown): never => fail(`Cannot read "${top}/${path}": ${reason(error)}.`, error);
  return {
    async size() {
      const real = await realpath(`${top}/${path}`).catch(refuse);
      if (!real.startsWith(`${top}/`)) fail(`"${top}/${path}" is a link that leaves the folder, to "${real}".`);
      const { isFile, size } = await Deno.stat(real).catch(refuse);
      if (!isFile) fail(`"${top}/${path}" is no file.`); // a pipe would never end
      return size;
    },
    read: () => Deno.readFile(`${top}/${path}`).catch(refuse),
  };
}

async function openZip(where: string): Promise<{ entries: Map<string, Entry>; close(): void }> {
  const broken = (error: unknown): never =>
    fail(`"${where}" is no whole zip file (${(error as Error).message}); fetch or pack it again.`, error);
  const zip: Zip = await yauzl.openPromise(where, { autoClose: false, lazyEntries: true }).catch(broken);
  const entries = new Map<string, Entry>();
  try {
    // Names are checked by yauzl: no absolute path and no ".."; a backslash, as some packers write, becomes "/".
    for await (const entry of zip.eachEntry()) {
      if (!entry.fileName.endsWith("/")) entries.set(entry.fileName, zipEntry(zip, entry, where));
    }
  } catch (error) {
    zip.close();
    broken(error);
  }
  return { entries, close: () => zip.close() };
}

/** What we use of yauzl, which comes without types. */
interface Zip {
  eachEntry(): AsyncIterable<ZipItem>;
  openReadStreamPromise(entry: ZipItem): Promise<AsyncIterable<Uint8Array<ArrayBuffer>>>;
  close(): void;
}
interface ZipItem {
  fileName: string;
  uncompressedSize: number;
  crc32: number;
}

function zipEntry(zip: Zip, entry: ZipItem, where: string): Entry {
  return {
    size: () => Promise.resolve(entry.uncompressedSize),
    async read() {
      try {
        // Ends in an error when there are fewer or more bytes than the entry says.
        const stream = await zip.openReadStreamPromise(entry);
        const bytes = new Uint8Array(await new Blob(await Array.fromAsync(stream)).arrayBuffer());
        if (crc32(bytes) !== entry.crc32) throw new Error("its checksum is wrong");
        return bytes;
      } catch (error) {
        fail(
          `"${entry.fileName}" in "${where}" is damaged (${(error as Error).message}); fetch or pack it again.`,
          error,
        );
      }
    },
  };
}
