/**
 * Files of an archive by the paths that a list writes. The list may come from another system than the files: macOS writes
 * "ë" as two characters, cameras write ".JPG", and some systems take both for the same name.
 */
import type { Archive } from "./archive.ts";

/** Equal for paths that macOS and Windows take for the same. */
const folded = (path: string) => path.normalize("NFC").toLowerCase();

/** Paths by {@link folded} path, made once for each archive. */
const indices = new WeakMap<readonly string[], Map<string, string[]>>();

function alike({ paths }: Pick<Archive, "paths">, path: string): string[] {
  let index = indices.get(paths);
  if (!index) {
    index = Map.groupBy(paths, folded);
    indices.set(paths, index);
  }
  return index.get(folded(path)) ?? [];
}

/**
 * The path of the file that a list calls `path`: the very path, or else the only one that differs in the form of its
 * letters (NFC, NFD), or else the only one that differs in letter case too; undefined where there is none.
 */
export function findPath(archive: Pick<Archive, "paths" | "has">, path: string): string | undefined {
  if (archive.has(path)) return path;
  const candidates = alike(archive, path);
  const sameCase = candidates.filter((other) => other.normalize("NFC") === path.normalize("NFC"));
  const [found, second] = sameCase.length > 0 ? sameCase : candidates;
  return second === undefined ? found : undefined;
}

/** Why {@link findPath} finds no file, as the end of a sentence with its comma or colon; "" where it is just not there. */
export function whyMissing(archive: Pick<Archive, "paths" | "links">, path: string): string {
  for (let end = path.length; end > 0; end = path.lastIndexOf("/", end - 1)) {
    const why = archive.links?.get(path.slice(0, end));
    if (why !== undefined) return `: ${why}`;
  }
  const candidates = alike(archive, path);
  return candidates.length > 1 ? `, and ${candidates.map((other) => `"${other}"`).join(" and ")} are equally near` : "";
}
