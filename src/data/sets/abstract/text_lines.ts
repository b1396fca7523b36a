/**
 * The text files of Abstract Scenes, which went through several editors: UTF-8 here and Windows-1252 there, lines that
 * end in either way, quotes that are curly or straight.
 */
import { fail } from "../../../base/errors.ts";
import { decodeText, decodeUtf8 } from "../../files/decode_text.ts";

const curlySingle = /[\u2018\u2019\u201a\u201b]/g;
const curlyDouble = /[\u201c\u201d\u201e\u201f]/g;
const control = /[\p{Cc}\ufffd]/u;

/**
 * Lines of a file, without their ends. Each line that is no UTF-8 is read as Windows-1252, so a file may hold both.
 *
 * @throws UserError when it is UTF-16.
 */
export function textLines(bytes: Uint8Array, where: string): string[] {
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) {
    fail(`${where} is UTF-16; save it as UTF-8.`);
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
 * A sentence as it goes into a caption: straight quotes, so that a word has one spelling, and single spaces. Undefined
 * when it holds control characters, which no editor writes and a damaged disk does.
 */
export function plainSentence(text: string): string | undefined {
  const sentence = text.replace(curlySingle, "'").replace(curlyDouble, '"').replace(/\s+/g, " ").trim();
  return control.test(sentence) ? undefined : sentence;
}

/** A whole number from `least` to `most`, or undefined when the text is none. */
export function wholeNumber(text: string | undefined, least: number, most: number): number | undefined {
  if (text === undefined || !/^-?\d{1,9}$/.test(text)) return undefined;
  const value = Number(text);
  return value >= least && value <= most ? value : undefined;
}
