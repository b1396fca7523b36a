/**
 * A zip file from files in memory, uncompressed, whatever their names; together less than 4 GiB.
 *
 * Layout after APPNOTE.TXT 4.3: a local header and the bytes of each file, then the central directory and its end.
 */
import { crc32 } from "node:zlib";

/** The bytes of a zip with the given files, by path, in this order. */
export function zip(files: Record<string, Uint8Array | string>): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  const sizeOf = (pieces: Uint8Array[]) => pieces.reduce((sum, { length }) => sum + length, 0);
  let at = 0;
  for (const [path, content] of Object.entries(files)) {
    const name = new TextEncoder().encode(path);
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    // Version 2.0, names in UTF-8, stored, 1 January 1980; sizes twice, packed and unpacked.
    const facts = [u16(20), u16(0x800), u16(0), u16(0), u16(0x21)];
    facts.push(u32(crc32(bytes)), u32(bytes.length), u32(bytes.length), u16(name.length), u16(0));
    const local = [u32(0x04034b50), ...facts, name, bytes];
    directory.push(u32(0x02014b50), u16(20), ...facts, u16(0), u16(0), u16(0), u32(0), u32(at), name);
    parts.push(...local);
    at += sizeOf(local);
  }
  const count = Object.keys(files).length;
  const end = [u32(0x06054b50), u16(0), u16(0), u16(count), u16(count), u32(sizeOf(directory)), u32(at), u16(0)];
  const all = [...parts, ...directory, ...end];
  const bytes = new Uint8Array(sizeOf(all));
  let offset = 0;
  for (const part of all) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return bytes;
}

function u16(value: number): Uint8Array {
  return new Uint8Array([value, value >>> 8]);
}

function u32(value: number): Uint8Array {
  return new Uint8Array([value, value >>> 8, value >>> 16, value >>> 24]);
}
