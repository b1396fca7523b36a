/** Types of array elements, and decoding elements from bytes. */
import { counted } from "../../base/text.ts";
import { decodeHalf } from "../half.ts";
import type { Dtype, Numbers, PythonValue } from "./values.ts";
import { latin1 } from "./values.ts";

/** Thrown by decoders of a part of a file; caught by the reader, which adds the position. */
export class Unreadable extends Error {}

/** Limit of strings in an array, because each takes far more memory than its bytes in the file. */
const maxStrings = 2 ** 21;

const sizes = { b: [1], i: [1, 2, 4, 8], u: [1, 2, 4, 8], f: [2, 4, 8], O: [4, 8] } as const;

/**
 * Parses NumPy's name of a type, such as "<f8", "|S12", "U7" or "O".
 *
 * @throws Unreadable for types other than numbers, strings and objects.
 */
export function parseDtype(text: string): Dtype {
  const match = /^([<>|=]?)([biufSUO?a])(\d{0,9})$/.exec(text);
  if (!match) {
    throw new Unreadable(`the element type "${text.slice(0, 40)}" is not one of numbers, strings and objects`);
  }
  const [, order, letter, digits] = match;
  const type = (letter === "?" ? "b" : letter === "a" ? "S" : letter) as Dtype["type"];
  const number = digits === "" ? { "?": 1, O: 8 }[letter!] ?? 0 : Number(digits);
  if (type !== "S" && type !== "U" && !(sizes[type] as readonly number[]).includes(number)) {
    throw new Unreadable(`there is no element type "${text}"`);
  }
  return { kind: "dtype", type, size: type === "U" ? number * 4 : number, littleEndian: order !== ">" };
}

/** The product of a shape. @throws Unreadable when a side is not a number from 0 to 2³². */
export function elementCount(shape: readonly PythonValue[]): number {
  let count = 1;
  for (const side of shape) {
    if (typeof side !== "number" || !(side >= 0 && side <= 2 ** 32)) {
      throw new Unreadable("a side of an array is not a number, or too large");
    }
    count *= side;
  }
  return count;
}

/**
 * Decodes the elements of an array, in C order.
 *
 * @throws Unreadable when the length of `raw` does not match the shape.
 */
export function decodeArray(dtype: Dtype, shape: readonly number[], raw: Uint8Array, fortran: boolean) {
  const count = elementCount(shape);
  // With elements of zero bytes a short file could announce an array of any size; NumPy writes them for empty arrays.
  if (dtype.type === "O" || raw.length !== count * dtype.size || (dtype.size === 0 && count > 1)) {
    throw new Unreadable(
      `an array [${shape.join(", ")}] of ${dtype.size}-byte elements cannot have ${counted(raw.length, "byte")}`,
    );
  }
  if ((dtype.type === "S" || dtype.type === "U") && count > maxStrings) {
    throw new Unreadable(`an array of ${count} strings; the limit is ${maxStrings}`);
  }
  const data = decode(dtype, raw, count);
  return fortran && shape.length > 1 ? fromFortran(data, shape) : data;
}

function decode({ type, size, littleEndian }: Dtype, raw: Uint8Array, count: number): Numbers | string[] {
  const view = new DataView(raw.buffer, raw.byteOffset, raw.length);
  const fill = <T extends Numbers>(array: T, read: (at: number) => number): T => {
    for (let i = 0; i < count; i++) array[i] = read(i * size);
    return array;
  };
  switch (`${type}${type === "S" || type === "U" ? "" : size}`) {
    case "b1":
    case "u1":
      return new Uint8Array(raw); // a copy, so that the file can be freed
    case "i1":
      return fill(new Int8Array(count), (at) => view.getInt8(at));
    case "i2":
      return fill(new Int16Array(count), (at) => view.getInt16(at, littleEndian));
    case "u2":
      return fill(new Uint16Array(count), (at) => view.getUint16(at, littleEndian));
    case "i4":
      return fill(new Int32Array(count), (at) => view.getInt32(at, littleEndian));
    case "u4":
      return fill(new Uint32Array(count), (at) => view.getUint32(at, littleEndian));
    case "i8":
      return fill(new Float64Array(count), (at) => exact(view.getBigInt64(at, littleEndian)));
    case "u8":
      return fill(new Float64Array(count), (at) => exact(view.getBigUint64(at, littleEndian)));
    case "f2":
      return fill(new Float32Array(count), (at) => decodeHalf(view.getUint16(at, littleEndian)));
    case "f4":
      return fill(new Float32Array(count), (at) => view.getFloat32(at, littleEndian));
    case "f8":
      return fill(new Float64Array(count), (at) => view.getFloat64(at, littleEndian));
    case "S":
      return Array.from({ length: count }, (_, i) => withoutPadding(latin1(raw.subarray(i * size, (i + 1) * size))));
    default:
      return Array.from({ length: count }, (_, i) => utf32(view, i * size, size, littleEndian));
  }
}

function exact(value: bigint): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw new Unreadable(`the integer ${value} is too large to be exact`);
  return number;
}

/** Removes the zeros with which NumPy pads strings. */
function withoutPadding(text: string): string {
  let end = text.length;
  while (end > 0 && text.charCodeAt(end - 1) === 0) end--;
  return text.slice(0, end);
}

function utf32(view: DataView, at: number, size: number, littleEndian: boolean): string {
  let text = "";
  for (let i = at; i < at + size; i += 4) {
    const code = view.getUint32(i, littleEndian);
    if (code > 0x10ffff) throw new Unreadable("a string contains an invalid character");
    text += String.fromCodePoint(code);
  }
  return withoutPadding(text);
}

/** Reorders elements from Fortran order (first index fastest) to C order. */
function fromFortran<T extends Numbers | string[]>(data: T, shape: readonly number[]): T {
  const strides: number[] = []; // of each axis in `data`
  shape.reduce((stride, side) => (strides.push(stride), stride * side), 1);
  const ordered = data.slice() as T;
  const index = shape.map(() => 0);
  for (let i = 0, from = 0; i < data.length; i++) {
    ordered[i] = data[from]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) { // the next index in C order
      from += strides[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      from -= strides[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
  return ordered;
}
