/**
 * numpy's .npy files: a magic word, a header that is a Python dictionary as text, and the elements.
 *
 * Versions 1 to 3 differ in the header's length field and encoding. An array of objects is a pickle after the header.
 * What `numpy.load` takes for .npy though it is a bare pickle is read as well.
 */
import { fail } from "../../base/errors.ts";
import { openCursor } from "./cursor.ts";
import { decodeArray, elementCount, parseDtype, Unreadable } from "./dtype.ts";
import { readPickle } from "./pickle.ts";
import { isKind, latin1, type NumpyArray, type PythonValue } from "./values.ts";

/**
 * Reads a .npy file.
 *
 * @param where names the file in messages
 * @throws UserError with file and byte when it is damaged, or holds anything but numbers, strings and plain objects.
 */
export function readNpy(bytes: Uint8Array, where: string): NumpyArray {
  const input = openCursor(bytes, where);
  if (latin1(bytes.subarray(0, 6)) !== "\x93NUMPY") {
    const value = bytes.length > 0 ? readPickle(bytes, where) : fail(`${where} is empty.`);
    return isKind(value, "array") ? value : { kind: "array", shape: [], data: [value] };
  }
  input.take(6);
  const [major, minor] = [input.unsigned(1), input.unsigned(1)];
  if (major < 1 || major > 3 || minor !== 0) input.refuse(`version ${major}.${minor} of .npy is not known; 1 to 3 are`);
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

/** The one object that a file holds, where an array of no axes was made of it, otherwise the array. */
export function npyValue(array: NumpyArray): PythonValue {
  return array.shape.length === 0 ? array.data[0]! : array;
}

/** Three entries in any order; numbers may end in Python 2's L. */
function parseHeader(text: string): { descr: string; fortran: boolean; shape: number[] } {
  const descr = /'descr'\s*:\s*['"]([^'"]*)['"]/.exec(text)?.[1];
  const fortran = /'fortran_order'\s*:\s*(True|False)/.exec(text)?.[1];
  const sides = /'shape'\s*:\s*\(([\d\sL,]*)\)/.exec(text)?.[1];
  if (descr === undefined || fortran === undefined || sides === undefined) {
    throw new Unreadable("its header does not say type, order and shape, or the type is a structure");
  }
  const shape = sides.split(",").map((side) => side.trim()).filter((side) => side !== "").map((side) =>
    Number(side.replace(/L$/, ""))
  );
  if (shape.length > 32) throw new Unreadable("an array has over 32 axes");
  return { descr, fortran: fortran === "True", shape };
}

/** The pickled array has a shape of its own; the header's holds where it has the same number of elements. */
function objects(value: PythonValue, shape: number[]): NumpyArray {
  const count = elementCount(shape);
  if (isKind(value, "array") && value.data.length === count) return { ...value, shape };
  throw new Unreadable(`its header says [${shape.join(", ")}], and what follows is no array of ${count} objects`);
}
