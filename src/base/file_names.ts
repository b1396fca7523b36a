/**
 * File names for the ids of stories, which may hold any character: those of Pororo-SV are paths, such as
 * "Pororo_ENGLISH1_1/Pororo_ENGLISH1_1_ep1/1". Every file and folder that is named after an id gets its name here.
 */

const utf8 = new TextEncoder();
const escaped = (text: string) =>
  [...utf8.encode(text)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`).join("");

/** Names that Windows keeps for devices, with any ending. */
const device = /^(?:con|prn|aux|nul|com\d|lpt\d)(?=\.|$)/i;

/**
 * One file name for an id, another one for every other id: letters a–z, digits, "-", "_" and "." stay, everything else
 * becomes %-escapes of its UTF-8 bytes, as in URLs. Dots at either end are escaped too, since such names are hidden,
 * lead elsewhere, or lose the dot on some systems. Names of ids such as "test-00195" are the ids themselves.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { fileNameOf, idOfFileName } from "./file_names.ts";
 *
 * assertEquals(fileNameOf("Pororo_ENGLISH1_1/ep1/12"), "Pororo_ENGLISH1_1%2Fep1%2F12");
 * assertEquals(idOfFileName("Pororo_ENGLISH1_1%2Fep1%2F12"), "Pororo_ENGLISH1_1/ep1/12");
 * ```
 */
export function fileNameOf(id: string): string {
  const name = id.replace(/[^\w.-]+/g, escaped).replace(/^\.|\.$/g, escaped);
  return device.test(name) ? escaped(name[0]!) + name.slice(1) : name;
}

/** The id that {@link fileNameOf} gave this name; a name that it gave to none is an id itself. */
export function idOfFileName(name: string): string {
  try {
    const id = decodeURIComponent(name);
    return fileNameOf(id) === name ? id : name;
  } catch { // escapes of other programs, such as "50%"
    return name;
  }
}

/** Characters of the longest file name of an id; endings such as ".drawn.png" fit behind it on every system. */
const longest = 200;

/** Why a text cannot be the id of a story, as the end of an error message; undefined where it can. */
export function idProblem(id: string): string | undefined {
  if (id.startsWith("/") || id.split(/[/\\]/).some((part) => part === "." || part === "..")) {
    return `expected an id that does not lead out of a folder, without "." or ".." between "/"`;
  }
  // deno-lint-ignore no-control-regex
  if (/[\x00-\x1f\x7f]/.test(id) || !id.isWellFormed()) return "expected an id of printable characters";
  if (id === "" || fileNameOf(id).length > longest) {
    return `expected an id whose file name has 1 to ${longest} characters, where those beyond a–z and digits count 3 for each byte`;
  }
}
