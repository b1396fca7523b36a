/** Sequential reading of bytes, with the position in every error. */
import { fail } from "../../base/errors.ts";
import { counted } from "../../base/text.ts";
import { latin1 } from "./values.ts";

export interface Cursor {
  /** Bytes not yet read. */
  left(): number;
  /** Marks the start of an item: errors name this position until the next call. */
  begin(): void;
  /** The next `n` bytes, as a view. @throws UserError when fewer are left, so that no length can allocate memory. */
  take(n: number): Uint8Array;
  /** An unsigned little-endian integer of 1 to 8 bytes. */
  unsigned(bytes: number): number;
  int32(): number;
  /** Big-endian, as in pickles. */
  float64(): number;
  /** Latin-1 text up to the end of the line; the line break is consumed. */
  line(): string;
  /** @throws UserError with the name of the file and the byte position. */
  refuse(why: string): never;
}

/** Opens a cursor at byte `at` of a file; `where` is its name in errors. */
export function openCursor(bytes: Uint8Array, where: string, at = 0): Cursor {
  let start = at;
  function refuse(why: string): never {
    fail(`${where} is damaged or not what it should be: ${why} (byte ${start}).`);
  }
  function take(n: number): Uint8Array {
    if (!(n >= 0 && n <= bytes.length - at)) {
      refuse(`it announces ${counted(n, "byte")}, and ${bytes.length - at} are left`);
    }
    return bytes.subarray(at, at += n);
  }
  function view(n: number): DataView {
    const part = take(n);
    return new DataView(part.buffer, part.byteOffset, n);
  }
  return {
    left: () => bytes.length - at,
    begin: () => void (start = at),
    take,
    unsigned: (n) => take(n).reduceRight((sum, byte) => sum * 256 + byte, 0),
    int32: () => view(4).getInt32(0, true),
    float64: () => view(8).getFloat64(0),
    line() {
      const end = bytes.indexOf(10, at);
      if (end < 0) refuse("a line has no end");
      return latin1(take(end + 1 - at).subarray(0, -1));
    },
    refuse,
  };
}
