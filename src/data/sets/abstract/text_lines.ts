/**
 * Reads the text files of Abstract Scenes, which mix UTF-8 and Windows-1252, both kinds of line ends, and curly and
 * straight quotes.
 */
import { fail } from "../../../base/errors.ts";
import { decodeText, decodeUtf8 } from "../../files/decode_text.ts";

const curlySingle = /[\u2018\u2019\u201a\u201b]/g;
const curlyDouble = /[\u201c\u201d\u201e\u201f]/g;
const control = /[\p{Cc}\ufffd]/u;

/**
 * The lines of a file, without line ends. Each line that is not valid UTF-8 is decoded as Windows-1252, so a file may
 * mix both encodings.
 *
 * @throws UserError when the file is UTF-16
 */
export function textLines(bytes: Uint8Array, where: string): string[] {
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) {
    fail(`${where} is UTF-16, expected UTF-8 or Windows-1252; save it as UTF-8.`);
  }
  const whole = decodeUtf8(bytes);
  if (whole !== undefined) return whole.split(/\r?\n|\r/);
  const lines: string[] = [];
  for (let from = 0; from <= bytes.length;) {
    const newline = bytes.indexOf(10, from);
    const to = newline < 0 ? bytes.length : newline;
    const line = bytes.subarray(from, to);
    const text = decodeText(line).replace(/\r$/, "");
    for (const part of text.split("\r")) lines.push(part);
    from = to + 1;
  }
  return lines;
}

/**
 * Normalises a sentence to straight quotes, so that each word has one spelling, and single spaces. Returns undefined
 * for control characters, which are a sign of a damaged file.
 */
export function plainSentence(text: string): string | undefined {
  const sentence = text.replace(curlySingle, "'").replace(curlyDouble, '"').replace(/\s+/g, " ").trim();
  return control.test(sentence) ? undefined : sentence;
}

/** Parses a whole number from `least` to `most`; undefined for other text. */
export function wholeNumber(text: string | undefined, least: number, most: number): number | undefined {
  if (text === undefined || !/^-?\d{1,9}$/.test(text)) return undefined;
  const value = Number(text);
  return value >= least && value <= most ? value : undefined;
}
