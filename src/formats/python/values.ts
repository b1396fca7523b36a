/**
 * The contents of a pickle or a .npy file as plain JavaScript values.
 *
 * Byte strings (Python 2's `str` and Python 3's `bytes`) become strings with one character per byte. This is Latin-1,
 * which is lossless and the result of NumPy's `encoding="latin1"`; {@link readUtf8} decodes such a string as UTF-8.
 */
import { Buffer } from "node:buffer";

/** A NumPy array, always in C order. */
export interface NumpyArray {
  kind: "array";
  shape: number[];
  /** The elements; 64-bit integers are stored as float64, and are exact. */
  data: Numbers | PythonValue[];
}

export type Numbers =
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array;

/** Type of an array's elements: boolean, signed or unsigned integer, float, bytes, text or object. */
export interface Dtype {
  kind: "dtype";
  type: "b" | "i" | "u" | "f" | "S" | "U" | "O";
  /** Bytes of an element. */
  size: number;
  littleEndian: boolean;
}

export interface Complex {
  kind: "complex";
  re: number;
  im: number;
}

/** A class or function named by a pickle, e.g. "collections.OrderedDict"; from a fixed list, and never executed. */
export interface Named {
  kind: "named";
  name: string;
}

/** Reference to numbers of a PyTorch checkpoint, which are stored elsewhere in its file under `key`. */
export interface StorageReference {
  kind: "storage";
  /** Type of the numbers, e.g. "torch.FloatStorage". */
  type: string;
  key: string;
  elements: number;
}

/** A tensor of a PyTorch checkpoint: a view of a storage, with offset and strides in elements. */
export interface TensorReference {
  kind: "tensor";
  storage: StorageReference;
  offset: number;
  shape: number[];
  strides: number[];
}

export type PythonValue =
  | null
  | boolean
  | number
  | bigint // integers that a number cannot represent
  | string
  | Complex
  | PythonValue[] // lists and tuples
  | Map<PythonValue, PythonValue>
  | Set<PythonValue>
  | NumpyArray
  | Dtype
  | Named
  | StorageReference // this and the next only in PyTorch checkpoints
  | TensorReference;

/** Whether a value is an object with this tag. */
export function isKind<K extends "array" | "dtype" | "complex" | "named" | "storage" | "tensor">(
  value: PythonValue | undefined,
  kind: K,
): value is Extract<PythonValue, { kind: K }> {
  return typeof value === "object" && value !== null && "kind" in value && value.kind === kind;
}

/** Bytes as a string with one character per byte. */
export function latin1(bytes: Uint8Array): string {
  // Not by TextDecoder, whose "latin1" is Windows-1252.
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
}

/** The bytes of a string with one character per byte. */
export function latin1Bytes(text: string): Uint8Array {
  return Buffer.from(text, "latin1");
}

/** Decodes a byte string as UTF-8; returns it unchanged where it is not valid UTF-8. */
export function readUtf8(text: string): string {
  if (!/^[\0-\xff]*[\x80-\xff][\0-\xff]*$/.test(text)) return text;
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(latin1Bytes(text));
  } catch {
    return text;
  }
}
