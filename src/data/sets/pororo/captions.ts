/**
 * Reads the captions of clips from descriptions.npy, as the published loaders do, or otherwise from descriptions.csv.
 *
 * The csv has no header; its columns are episode, clip number and caption. It names an episode by its folder alone,
 * "Pororo_ENGLISH1_1_ep1"; the paths of the strips give the complete key.
 */
import { CsvError, parse } from "csv-parse/sync";
import { fail } from "../../../base/errors.ts";
import { isKind, type PythonValue, readUtf8 } from "../../../formats/python/values.ts";
import type { BadInput } from "../source.ts";
import { decodeText } from "../../files/decode_text.ts";
import { clipKey, episodeOf, getOrMake, type PororoFiles, readDictionary, readSideFile } from "./files.ts";

/** Largest number of characters of a row; a longer one has a quote that is not closed. */
const longestRecord = 4096;

/** Captions of each clip in the order of the file, by key, the name of the file for messages, and warnings about it. */
export interface Captions {
  of: Map<string, string[]>;
  where: string;
  warnings: string[];
}

/** Reads the captions of all clips. @throws UserError when neither file exists, or it is damaged. */
export async function readCaptions(files: PororoFiles, bad: BadInput): Promise<Captions> {
  const npy = await readDictionary(files, "descriptions.npy");
  if (npy) return { of: fromDictionary(npy.entries, npy.where, files, bad), where: npy.where, warnings: [] };
  const csv = await readSideFile(files, "descriptions.csv");
  if (csv) {
    const { bytes, where } = csv;
    return { of: fromCsv(bytes, where, [...files.episodes.keys()], bad), where, warnings: endWarnings(bytes, where) };
  }
  return fail(
    `"${files.archive.where}" has strips but no captions; add "descriptions.csv", which the PororoQA repository ` +
      `has, or "descriptions.npy".`,
  );
}

function fromDictionary(
  entries: Map<PythonValue, PythonValue>,
  where: string,
  { episodes }: PororoFiles,
  bad: BadInput,
): Map<string, string[]> {
  const captions = new Map<string, string[]>();
  const missing = missingEpisodes(bad);
  for (const [name, value] of entries) {
    const key = clipKey(name);
    const texts = isKind(value, "array") ? [...value.data] : Array.isArray(value) ? value : [value];
    if (key === undefined) {
      bad.drop(`${where} has captions for ${quote(name)}, but the key of a clip is "<series>/<episode>/<number>".`);
    } else if (!episodes.has(episodeOf(key))) {
      missing(episodeOf(key), `${where}, key "${key}"`);
    } else {
      const sentences = texts.flatMap((text) => typeof text === "string" ? readCaption(readUtf8(text)) ?? [] : []);
      if (sentences.length === texts.length && texts.length > 0) captions.set(key, sentences);
      else bad.drop(`${where} has no list of captions for "${key}", or one of them is empty or damaged.`);
    }
  }
  return captions;
}

/** Reads the csv; exported for tests. @param episodes keys of the episodes that have strips */
export function fromCsv(
  bytes: Uint8Array,
  where: string,
  episodes: string[],
  bad: BadInput,
): Map<string, string[]> {
  const byName = new Map<string, string[]>();
  for (const key of episodes) getOrMake(byName, key.slice(key.indexOf("/") + 1), () => []).push(key);
  const captions = new Map<string, string[]>();
  const missing = missingEpisodes(bad);
  for (const { record, line } of rows(bytes, where)) {
    const at = `${where}, line ${line}`;
    const [id = "", number = "", caption = ""] = record;
    const episode = /([^/]*\/)?[^/]+(?=\/?$)/.exec(id)?.[0] ?? "";
    const keys = episode.includes("/") ? episodes.filter((key) => key === episode) : byName.get(episode) ?? [];
    const clip = /^\s*([1-9]\d{0,4})(?:\.png|\.gif)?\s*$/.exec(number)?.[1];
    const sentence = readCaption(caption);
    if (record.length !== 3) bad.drop(`${at} has ${record.length} columns, expected 3: episode, clip, caption.`);
    else if (keys.length > 1) bad.drop(`${at}: "${id}" matches several episodes: ${keys.map(quote).join(", ")}.`);
    else if (clip === undefined) bad.drop(`${at}: ${quote(number)} is not the number of a clip.`);
    else if (sentence === undefined) bad.drop(`${at}: the caption is empty or damaged.`);
    else if (keys.length === 0) missing(id, at);
    else getOrMake(captions, `${keys[0]}/${clip}`, () => []).push(sentence);
  }
  return captions;
}

/** A warning about a last line without its end, which may be cut off. */
function endWarnings(bytes: Uint8Array, where: string): string[] {
  const last = decodeText(bytes).split(/\r\n|\n|\r/).at(-1)!;
  return last.trim() === ""
    ? []
    : [`${where} has no line end after its last line, "${last.slice(-40)}"; check that it is whole`];
}

/** The rows, each with the number of its last line. @throws UserError when a quote is not closed. */
function rows(bytes: Uint8Array, where: string): { record: string[]; line: number }[] {
  const found: { record: string[]; line: number }[] = [];
  try {
    parse(decodeText(bytes), {
      bom: true,
      record_delimiter: ["\r\n", "\n", "\r"],
      relax_quotes: true,
      relax_column_count: true,
      skip_empty_lines: true,
      max_record_size: longestRecord,
      on_record: (record: string[], { lines }) => void found.push({ record, line: lines }),
    });
    return found;
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const line = (found.at(-1)?.line ?? 0) + 1;
    fail(
      `${where}, line ${line}: the row does not end (${error.message}); look for a quote that is not closed.`,
      error,
    );
  }
}

/** The text in one line; undefined if it is empty or has control characters, which are a sign of a damaged file. */
function readCaption(text: string): string | undefined {
  const sentence = text.replace(/\s+/g, " ").trim();
  return sentence === "" || /[\p{Cc}\ufffd]/u.test(sentence) ? undefined : sentence;
}

/** Reports each episode without strips once. */
function missingEpisodes(bad: BadInput): (episode: string, at: string) => void {
  const seen = new Set<string>();
  return (episode, at) => {
    if (seen.has(episode)) return;
    seen.add(episode);
    bad.drop(`${at}: the episode "${episode}" has captions but no folder with strips.`);
  };
}

function quote(value: PythonValue): string {
  return typeof value === "string" ? `"${value.slice(0, 80)}"` : `a ${value === null ? "None" : typeof value}`;
}
