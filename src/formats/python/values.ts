/**
 * What a pickle or a .npy file holds, as plain data of ours.
 *
 * Byte strings, Python 2's `str` and Python 3's `bytes`, become strings of one character a byte (Latin-1, which loses
 * nothing and is what numpy's `encoding="latin1"` gives); {@link readUtf8} reads such a string as the text it may be.
 */
import { Buffer } from "node:buffer";

/** A numpy array in C order, whatever its order in the file. */
export interface NumpyArray {
  kind: "array";
  shape: number[];
  /** As many elements as the product of `shape`; 64-bit integers are float64, and exact. */
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

/** Type of an array's elements: boolean, integers, float, bytes, text, any object. */
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

/** A class or function that a pickle names, e.g. "collections.OrderedDict"; one of a short list, and never run. */
export interface Named {
  kind: "named";
  name: string;
}

/** Numbers of a PyTorch checkpoint, which lie elsewhere in its file under `key`. */
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
  | bigint // integers that a number does not hold
  | string
  | Complex
  | PythonValue[] // lists and tuples
  | Map<PythonValue, PythonValue>
  | Set<PythonValue>
  | NumpyArray
  | Dtype
  | Named
  | StorageReference // these two in PyTorch's checkpoints only
  | TensorReference;

/** The object kinds of ours by their tag. */
export function isKind<K extends "array" | "dtype" | "complex" | "named" | "storage" | "tensor">(
  value: PythonValue | undefined,
  kind: K,
): value is Extract<PythonValue, { kind: K }> {
  return typeof value === "object" && value !== null && "kind" in value && value.kind === kind;
}

/** Bytes as a string of one character a byte. */
export function latin1(bytes: Uint8Array): string {
  // Not TextDecoder, whose "latin1" is Windows-1252.
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
}

/** The bytes of a string of one character a byte. */
export function latin1Bytes(text: string): Uint8Array {
  return Buffer.from(text, "latin1");
}

/** A byte string as text: UTF-8 where it is that, otherwise as it stands. */
export function readUtf8(text: string): string {
  if (!/^[\0-\xff]*[\x80-\xff][\0-\xff]*$/.test(text)) return text;
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(latin1Bytes(text));
  } catch {
    return text;
  }
}
