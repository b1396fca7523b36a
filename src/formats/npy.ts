/**
 * NumPy's .npy files: a magic string, a header that is a Python dictionary as text, and the elements.
 *
 * Versions 1 to 3 differ in the header's length field and encoding. An array of objects is a pickle after the header.
 * A bare pickle with the ending .npy, which `numpy.load` accepts, is read as well.
 */
import { fail } from "../base/errors.ts";
import { openCursor } from "./python/cursor.ts";
import { decodeArray, elementCount, parseDtype, Unreadable } from "./python/dtype.ts";
import { readPickle } from "./python/pickle.ts";
import { isKind, latin1, type NumpyArray, type PythonValue } from "./python/values.ts";

/**
 * Encodes a matrix [rows, width] as a .npy file of version 1.0 with little-endian float32.
 *
 * @example
 * ```ts
 * import { encodeNpy, readNpy } from "./npy.ts";
 * const bytes = encodeNpy(Float32Array.of(1, 2, 3, 4, 5, 6), 3);
 * const { shape, data } = readNpy(bytes, "features.npy");
 * if (shape.join() !== "2,3" || data[5] !== 6) throw new Error("not the same matrix");
 * ```
 *
 * @param values The rows one after another; their number is a multiple of `width`.
 */
export function encodeNpy(values: Float32Array, width: number): Uint8Array {
  return encodeNpyArray(values, [values.length / width, width]);
}

/** Encodes numbers of any shape, float32 or float64. {@link encodeNpy} has an example. */
export function encodeNpyArray(values: Float32Array | Float64Array, shape: number[]): Uint8Array {
  const size = values.BYTES_PER_ELEMENT;
  const sides = shape.length === 1 ? `${shape[0]},` : shape.join(", "); // as Python writes a tuple
  const header = `{'descr': '<f${size}', 'fortran_order': False, 'shape': (${sides}), }`;
  // The numbers start at a multiple of 64, after the line break that ends the header.
  const start = Math.ceil((10 + header.length + 1) / 64) * 64;
  const bytes = new Uint8Array(start + size * values.length);
  const view = new DataView(bytes.buffer);
  bytes.set([0x93, ...new TextEncoder().encode("NUMPY"), 1, 0]);
  view.setUint16(8, start - 10, true);
  bytes.set(new TextEncoder().encode(header.padEnd(start - 10 - 1) + "\n"), 10);
  for (let i = 0; i < values.length; i++) {
    if (size === 4) view.setFloat32(start + 4 * i, values[i]!, true);
    else view.setFloat64(start + 8 * i, values[i]!, true);
  }
  return bytes;
}

/**
 * Reads a .npy file. {@link encodeNpy} has an example.
 *
 * @param where Name of the file in error messages.
 * @throws UserError with file and byte when the file is damaged, or holds anything but numbers, strings and plain
 *   objects.
 */
export function readNpy(bytes: Uint8Array, where: string): NumpyArray {
  const input = openCursor(bytes, where);
  if (latin1(bytes.subarray(0, 6)) !== "\x93NUMPY") {
    const value = bytes.length > 0 ? readPickle(bytes, where) : fail(`${where} is empty.`);
    return isKind(value, "array") ? value : { kind: "array", shape: [], data: [value] };
  }
  input.take(6);
  const [major, minor] = [input.unsigned(1), input.unsigned(1)];
  if (major < 1 || major > 3 || minor !== 0) {
    input.refuse(`version ${major}.${minor} of .npy is unknown; 1 to 3 are supported`);
  }
  input.begin();
  const header = latin1(input.take(input.unsigned(major === 1 ? 2 : 4)));
  try {
    const { descr, fortran, shape } = parseHeader(header);
    const dtype = parseDtype(descr);
    if (dtype.type === "O") return objects(readPickle(bytes, where, bytes.length - input.left()), shape);
    input.begin();
    return { kind: "array", shape, data: decodeArray(dtype, shape, input.take(input.left()), fortran) };
  } catch (error) {
    if (error instanceof Unreadable) input.refuse(error.message);
    throw error;
  }
}

/** The single object of a file that `numpy.save` stored as an array without axes; the array itself otherwise. */
export function npyValue(array: NumpyArray): PythonValue {
  return array.shape.length === 0 ? array.data[0]! : array;
}

/** Reads the header's three entries, which may have any order; numbers may end in Python 2's `L`. */
function parseHeader(text: string): { descr: string; fortran: boolean; shape: number[] } {
  const descr = /'descr'\s*:\s*['"]([^'"]*)['"]/.exec(text)?.[1];
  const fortran = /'fortran_order'\s*:\s*(True|False)/.exec(text)?.[1];
  const sides = /'shape'\s*:\s*\(([\d\sL,]*)\)/.exec(text)?.[1];
  if (descr === undefined || fortran === undefined || sides === undefined) {
    throw new Unreadable("its header lacks type, order or shape, or the type is a structure");
  }
  const shape = sides.split(",").map((side) => side.trim()).filter((side) => side !== "").map((side) =>
    Number(side.replace(/L$/, ""))
  );
  if (shape.length > 32) throw new Unreadable("an array has more than 32 axes");
  return { descr, fortran: fortran === "True", shape };
}

/** Gives a pickled array the header's shape, which must have the same number of elements. */
function objects(value: PythonValue, shape: number[]): NumpyArray {
  const count = elementCount(shape);
  if (isKind(value, "array") && value.data.length === count) return { ...value, shape };
  throw new Unreadable(
    `its header has the shape [${shape.join(", ")}], and what follows is no array of ${count} objects`,
  );
}
