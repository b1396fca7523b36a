/**
 * Reads a download, whether it is a zip file or a folder.
 *
 * Paths are relative and use "/" on every system. None may lead out of the archive: such names in a zip are rejected
 * when it is opened, links out of a folder when they are read. Links to files and folders inside are followed.
 */
import { readlink, realpath } from "node:fs/promises";
import { crc32 } from "node:zlib";
import yauzl from "yauzl";
import { fail } from "../../base/errors.ts";
import { reason } from "../../base/files.ts";

export interface Archive {
  /** The path it was opened from, for error messages. */
  where: string;
  /** Paths of all files, sorted by code unit. */
  paths: string[];
  has(path: string): boolean;
  /** Links that are not followed, by path, each with the reason and what to do. */
  links?: ReadonlyMap<string, string>;
  /** The size of a file in bytes, and what changes with its content, without reading it. @throws UserError as `read` */
  stat(path: string): Promise<FileStat>;
  /**
   * Reads a file; several may be read concurrently.
   *
   * @throws UserError when the file does not exist, is damaged or is larger than `limit` bytes (default 256 MiB)
   */
  read(path: string, limit?: number): Promise<Uint8Array>;
  close(): void;
}

/** No picture and no list of a data set is larger; a caller may pass another limit. */
const defaultLimit = 2 ** 28;

/** What is known of a file without reading it. */
export interface FileStat {
  size: number;
  /** The checksum of its bytes in a zip, the time of its last change in a folder. */
  version: string;
}

/** A file of an archive: what the archive states of it, and its bytes. */
interface Entry {
  stat(): Promise<FileStat>;
  read(limit: number): Promise<Uint8Array>;
}

/**
 * Opens a zip file or a folder.
 *
 * @throws UserError when the path does not exist, or the zip is damaged or contains a path that leads out of it
 */
export async function openArchive(where: string): Promise<Archive> {
  const info = await Deno.stat(where).catch((error) => fail(`Cannot read "${where}": ${reason(error)}.`, error));
  if (!info.isDirectory && !info.isFile) {
    fail(`"${where}" is neither a folder nor a zip file; give the path of one of them.`);
  }
  const { entries, links, close } = info.isDirectory ? await openFolder(where) : await openZip(where);
  const entryAt = (path: string) => {
    if (links.has(path)) fail(`Cannot read "${path}" in "${where}": ${links.get(path)}.`);
    return entries.get(path) ?? fail(`"${where}" has no file "${path}"; add it, or download the data again.`);
  };
  return {
    where,
    paths: [...entries.keys()].sort(),
    has: (path) => entries.has(path),
    links,
    stat: async (path) => await entryAt(path).stat(),
    async read(path, limit = defaultLimit) {
      const entry = entryAt(path);
      const { size } = await entry.stat();
      if (size > limit) {
        fail(`"${path}" in "${where}" has ${size} bytes, expected at most ${limit}; replace it by the right file.`);
      }
      return await entry.read(limit);
    },
    close,
  };
}

/** The path of the file `name` (a file name or a path), at the top or in any folder; the shortest if several match. */
export function findInArchive({ paths }: Pick<Archive, "paths">, name: string): string | undefined {
  return paths.filter((path) => path === name || path.endsWith(`/${name}`))
    .reduce((a: string | undefined, b) => a === undefined || b.length < a.length ? b : a, undefined);
}

/**
 * The part of an archive below the folder that contains `landmark`, for example below the single top folder of a zip.
 * Of several such folders the one with the shortest path is used.
 *
 * @throws UserError when no folder contains it
 */
export function archiveAt(archive: Archive, landmark: string): Archive {
  const found = findInArchive(archive, landmark);
  if (found === undefined) {
    fail(
      `"${archive.where}" has no "${landmark}", neither at the top nor in a folder; give the path of the data set that ` +
        `contains it.`,
    );
  }
  const prefix = found.slice(0, found.length - landmark.length);
  if (prefix === "") return archive;
  return {
    ...archive,
    paths: archive.paths.filter((path) => path.startsWith(prefix)).map((path) => path.slice(prefix.length)),
    has: (path) => archive.has(prefix + path),
    links: new Map(
      [...archive.links ?? []].filter(([path]) => path.startsWith(prefix))
        .map(([path, why]) => [path.slice(prefix.length), why]),
    ),
    stat: (path) => archive.stat(prefix + path),
    read: (path, limit) => archive.read(prefix + path, limit),
  };
}

/** An archive without the checks of {@link openArchive}. */
interface Opened {
  entries: Map<string, Entry>;
  links: Map<string, string>;
  close(): void;
}

async function openFolder(where: string): Promise<Opened> {
  const top = await realpath(where);
  const [entries, links] = [new Map<string, Entry>(), new Map<string, string>()];
  /** @param above the folders on the way here without links, of which a link must not lead into one again */
  async function walk(folder: string, above: string[]): Promise<void> {
    for await (const { name, isDirectory, isSymlink } of Deno.readDir(`${top}/${folder}`)) {
      const path = folder + name;
      const real = isDirectory ? `${above.at(-1)}/${name}` : isSymlink ? await linkedFolder(path, above) : undefined;
      if (real) await walk(`${path}/`, [...above, real]);
      else if (real === undefined) entries.set(path, fileEntry(top, path));
    }
  }
  /** The folder to which a link leads; false if it is not followed; undefined if the link leads to no folder. */
  async function linkedFolder(path: string, above: string[]): Promise<string | false | undefined> {
    try {
      const real = await realpath(`${top}/${path}`);
      if (!(await Deno.stat(real)).isDirectory) return undefined;
      const out = !`${real}/`.startsWith(`${top}/`);
      if (!out && !above.includes(real)) return real;
      const why = out
        ? `leaves "${top}", to "${real}"; copy that folder into it`
        : `leads to "${real}", in which it is itself; remove it`;
      links.set(path, `the folder "${path}" is a link that ${why}`);
      return false;
    } catch (error) {
      const to = await readlink(`${top}/${path}`).catch(() => "?");
      links.set(path, `"${path}" is a link to "${to}", which cannot be read (${reason(error)}); restore it`);
    }
  }
  await walk("", [top]).catch((error) => fail(`Cannot read "${where}": ${reason(error)}.`, error));
  return { entries, links, close() {} };
}

function fileEntry(top: string, path: string): Entry {
  const refuse = (error: unknown): never => fail(`Cannot read "${top}/${path}": ${reason(error)}.`, error);
  return {
    async stat() {
      const real = await realpath(`${top}/${path}`).catch(refuse);
      if (!real.startsWith(`${top}/`)) {
        fail(`"${top}/${path}" is a link that leaves the folder, to "${real}"; copy that file into the folder.`);
      }
      const { isFile, size, mtime } = await Deno.stat(real).catch(refuse);
      if (!isFile) {
        fail(`"${top}/${path}" is not a regular file; replace it by one.`); // reading a pipe would never end
      }
      return { size, version: String(mtime?.getTime()) };
    },
    read: () => Deno.readFile(`${top}/${path}`).catch(refuse),
  };
}

async function openZip(where: string): Promise<Opened> {
  const broken = (error: unknown): never =>
    fail(`"${where}" is not a complete zip file (${(error as Error).message}); download or pack it again.`, error);
  const zip: Zip = await yauzl.openPromise(where, { autoClose: false, lazyEntries: true }).catch(broken);
  const [entries, links] = [new Map<string, Entry>(), new Map<string, string>()];
  try {
    // yauzl rejects absolute paths and "..", and turns the backslashes of some packers into "/".
    for await (const entry of zip.eachEntry()) {
      const { fileName, externalFileAttributes: mode } = entry;
      if ((mode >>> 16 & 0o170000) === 0o120000) {
        links.set(fileName, `"${fileName}" in "${where}" is a link; pack what it leads to (zip without --symlinks)`);
      } else if (!fileName.endsWith("/")) entries.set(fileName, zipEntry(zip, entry, where));
    }
  } catch (error) {
    zip.close();
    broken(error);
  }
  return { entries, links, close: () => zip.close() };
}

/** The part of yauzl's interface that is used here; the package has no types. */
interface Zip {
  eachEntry(): AsyncIterable<ZipItem>;
  openReadStreamPromise(entry: ZipItem): Promise<AsyncIterable<Uint8Array<ArrayBuffer>>>;
  close(): void;
}
interface ZipItem {
  fileName: string;
  uncompressedSize: number;
  /** The mode of Unix in the upper 16 bits, where the packer wrote it. */
  externalFileAttributes: number;
  crc32: number;
}

function zipEntry(zip: Zip, entry: ZipItem, where: string): Entry {
  return {
    stat: () => Promise.resolve({ size: entry.uncompressedSize, version: entry.crc32.toString(16) }),
    async read() {
      try {
        // The stream fails when it has fewer or more bytes than the entry states.
        const stream = await zip.openReadStreamPromise(entry);
        const bytes = new Uint8Array(await new Blob(await Array.fromAsync(stream)).arrayBuffer());
        if (crc32(bytes) !== entry.crc32) throw new Error("its checksum is wrong");
        return bytes;
      } catch (error) {
        fail(
          `"${entry.fileName}" in "${where}" is damaged (${(error as Error).message}); download or pack it again.`,
          error,
        );
      }
    },
  };
}
