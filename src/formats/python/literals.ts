/** Numbers and strings written as text, as in protocol 0 of pickle and in Python's `repr`. */
import { Unreadable } from "./dtype.ts";

/** Maximum digits or bytes of an integer, because the time to read one grows quadratically. */
const maxLength = 1000;

/** Reads "12"; "00" and "01" are the booleans. */
export function parseInteger(line: string): number | bigint | boolean {
  return line === "00" ? false : line === "01" ? true : parseLong(line);
}

/** Reads "12" or "12L"; a bigint where a number would not be exact. */
export function parseLong(line: string): number | bigint {
  if (line.length > maxLength || !/^[+-]?\d+L?$/.test(line)) {
    throw new Unreadable(`"${line.slice(0, 20)}" is not an integer`);
  }
  return narrow(BigInt(line.replace(/^\+|L$/g, "")));
}

/** Reads the index of an entry of the memo, e.g. "3". */
export function parseIndex(line: string): number {
  const index = parseLong(line);
  if (typeof index !== "number" || index < 0) {
    throw new Unreadable(`"${line.slice(0, 20)}" is not an index of the memo`);
  }
  return index;
}

/** Two's complement, low byte first. */
export function littleEndian(bytes: Uint8Array): number | bigint {
  if (bytes.length > maxLength) throw new Unreadable(`an integer of ${bytes.length} bytes`);
  const value = bytes.reduceRight((sum, byte) => sum * 256n + BigInt(byte), 0n);
  return narrow(BigInt.asIntN(8 * bytes.length, value));
}

function narrow(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** Reads "1.5", "1e-05", "inf", "-inf" or "nan". */
export function parseFloatText(line: string): number {
  if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(line)) return Number(line);
  if (/^[+-]?inf$/i.test(line)) return line.startsWith("-") ? -Infinity : Infinity;
  if (/^[+-]?nan$/i.test(line)) return NaN;
  throw new Unreadable(`"${line.slice(0, 20)}" is not a number`);
}

/** The characters of a quoted byte string with Python's escapes, e.g. `'it\'s'`. */
export function stringLiteral(line: string): string {
  const match = /^(['"])([^]*)\1\s*$/.exec(line);
  if (!match) throw new Unreadable(`${line.slice(0, 20)} is not a quoted string`);
  return unescape(match[2]!);
}

const escapes: Record<string, string> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
};

/** Resolves Python's escapes in a byte string. */
export function unescape(text: string): string {
  return text.replace(/\\(?:x([0-9a-fA-F]{2})|([0-7]{1,3})|([^]))/g, (whole, hex, octal, letter) => {
    if (hex) return String.fromCharCode(parseInt(hex, 16));
    if (octal) return String.fromCharCode(parseInt(octal, 8) & 255);
    return letter === "\\" || letter === "'" || letter === '"' ? letter : escapes[letter] ?? whole;
  });
}

/** Resolves the escapes of text in protocol 0, which are only `\u` and `\U`. */
export function rawUnicode(line: string): string {
  return line.replace(/\\u([0-9a-fA-F]{4})|\\U([0-9a-fA-F]{8})/g, (_, four, eight) => {
    const code = parseInt(four ?? eight, 16);
    if (code > 0x10ffff) throw new Unreadable("a text contains an invalid character");
    return String.fromCodePoint(code);
  });
}
