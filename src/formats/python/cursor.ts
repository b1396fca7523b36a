/** Bytes read from front to back, with the place in every error. */
import { fail } from "../../base/errors.ts";
import { latin1 } from "./values.ts";

export interface Cursor {
  /** Bytes not yet read. */
  left(): number;
  /** Says that something new begins here: errors name this place until the next. */
  begin(): void;
  /** The next `n` bytes, as a view. @throws UserError when fewer are left, so no length can ask for memory. */
  take(n: number): Uint8Array;
  /** An unsigned little-endian integer of 1 to 8 bytes. */
  unsigned(bytes: number): number;
  int32(): number;
  /** Big-endian, as pickles have it. */
  float64(): number;
  /** Latin-1 text up to the end of the line, which is read too. */
  line(): string;
  /** @throws UserError that names file and byte. */
  refuse(why: string): never;
}

/** Begins at byte `at` of the file called `where`. */
export function openCursor(bytes: Uint8Array, where: string, at = 0): Cursor {
  let begun = at;
  function refuse(why: string): never {
    fail(`${where} is damaged or not what it should be: ${why} (byte ${begun}).`);
  }
  function take(n: number): Uint8Array {
    if (!(n >= 0 && n <= bytes.length - at)) {
      refuse(`it says that ${n} bytes follow, and ${bytes.length - at} are left`);
    }
    return bytes.subarray(at, at += n);
  }
  function view(n: number): DataView {
    const part = take(n);
    return new DataView(part.buffer, part.byteOffset, n);
  }
  return {
    left: () => bytes.length - at,
    begin: () => void (begun = at),
    take,
    unsigned: (n) => take(n).reduceRight((sum, byte) => sum * 256 + byte, 0),
    int32: () => view(4).getInt32(0, true),
    float64: () => view(8).getFloat64(0),
    line() {
      const end = bytes.indexOf(10, at);
      if (end < 0) refuse("a line does not end");
      return latin1(take(end + 1 - at).subarray(0, -1));
    },
    refuse,
  };
}
