/**
 * Named tensors in one file, in the safetensors format: eight bytes with the length of a JSON header, the header
 * (name → dtype, shape, byte range), then the raw little-endian numbers without gaps.
 *
 * Files are untrusted: one that is truncated, inconsistent or of another format is refused with an error that names it.
 */
import { fail } from "../base/errors.ts";
import { counted } from "../base/text.ts";
import { decodeHalf, encodeHalf } from "./half.ts";

type Numbers =
  | Float64Array
  | Float32Array
  | BigInt64Array
  | BigUint64Array
  | Int32Array
  | Uint32Array
  | Int16Array
  | Uint16Array
  | Int8Array
  | Uint8Array;

type NumbersOf = new (buffer: ArrayBufferLike, offset: number, length: number) => Numbers;

/**
 * Dtypes in the order of the tensors in a file: widest first, so that each tensor starts at a multiple of its width.
 */
const kinds = {
  F64: Float64Array,
  I64: BigInt64Array,
  U64: BigUint64Array,
  F32: Float32Array,
  I32: Int32Array,
  U32: Uint32Array,
  F16: Uint16Array, // raw bits, see asFloat32 and asFloat16: not every runtime has arrays of 16-bit floats
  BF16: Uint16Array,
  I16: Int16Array,
  U16: Uint16Array,
  I8: Int8Array,
  U8: Uint8Array,
  BOOL: Uint8Array,
} as const;

export type Dtype = keyof typeof kinds;

/** One tensor as numbers in row-major order. */
export interface StoredTensor {
  dtype: Dtype;
  shape: number[];
  data: Numbers;
}

interface Entry {
  dtype: Dtype;
  shape: number[];
  data_offsets: [number, number];
}

const prefix = 8;
/** Maximum length of a header in the format, in bytes. */
const maxHeader = 100_000_000;
const order = Object.keys(kinds);

/**
 * Encodes tensors. The bytes do not depend on the order of the record: the data starts at a multiple of 8 bytes, and
 * tensors are sorted by width, then by name.
 *
 * @example
 * ```ts
 * import { decodeSafetensors, encodeSafetensors } from "./safetensors.ts";
 * const kernel = { dtype: "F32" as const, shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) };
 * const bytes = encodeSafetensors({ "conv.kernel": kernel }, { step: "100" });
 * const { tensors, metadata } = decodeSafetensors(bytes, "last.safetensors");
 * if (tensors["conv.kernel"]!.data[3] !== 4 || metadata.step !== "100") throw new Error("not what was encoded");
 * ```
 *
 * @throws Error when a tensor's data does not match its dtype or shape, which is a defect of the caller.
 */
export function encodeSafetensors(
  tensors: Record<string, StoredTensor>,
  metadata: Record<string, string> = {},
): Uint8Array<ArrayBuffer> {
  const width = (name: string) => kinds[tensors[name]!.dtype].BYTES_PER_ELEMENT;
  const names = Object.keys(tensors).sort((a, b) => width(b) - width(a) || (a < b ? -1 : 1));
  const header: Record<string, unknown> = {};
  if (Object.keys(metadata).length > 0) {
    header.__metadata__ = Object.fromEntries(Object.entries(metadata).sort(([a], [b]) => a < b ? -1 : 1));
  }
  let end = 0;
  for (const name of names) {
    const { dtype, shape, data } = tensors[name]!;
    if (!(data instanceof kinds[dtype]) || data.length !== count(shape)) {
      throw new Error(`Tensor "${name}" is not ${dtype} [${shape}]: ${data.constructor.name} of ${data.length}`);
    }
    header[name] = { dtype, shape, data_offsets: [end, end += data.byteLength] };
  }
  const text = new TextEncoder().encode(JSON.stringify(header));
  const start = prefix + Math.ceil(text.length / 8) * 8;
  const bytes = new Uint8Array(start + end);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(start - prefix), true);
  bytes.set(text, prefix);
  bytes.fill(0x20, prefix + text.length, start); // spaces, which JSON ignores
  let at = start;
  for (const name of names) {
    const { data } = tensors[name]!;
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return bytes;
}

/**
 * Decodes a safetensors file. Data are views into `bytes` where alignment allows it, and copies elsewhere.
 *
 * @param source Name of the file in errors.
 * @throws UserError that names `source`, when it is truncated, of another format, or its header is inconsistent.
 */
export function decodeSafetensors(
  bytes: Uint8Array,
  source: string,
): { tensors: Record<string, StoredTensor>; metadata: Record<string, string> } {
  const refuse = (why: string): never => fail(`Cannot read "${source}" as safetensors: ${why}.`);
  if (bytes.length < prefix) {
    refuse(`it has ${counted(bytes.length, "byte")}, and at least ${prefix} are needed; it is cut short`);
  }
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  if (length > maxHeader) refuse("it does not start with the length of a header; it has another format");
  const start = prefix + length;
  if (bytes.length < start) {
    refuse(`its header should end at byte ${start} and the file ends at ${bytes.length}; it is cut short`);
  }
  const { __metadata__, ...rest } = parseHeader(bytes.subarray(prefix, start), refuse);
  const entries = Object.entries(rest).map(([name, value]) => [name, checkEntry(name, value, refuse)] as const);
  checkRanges(entries, bytes.length - start, refuse);
  const tensors = entries.map(([name, { dtype, shape, data_offsets: [from, to] }]) => {
    return [name, { dtype, shape, data: view(bytes, start + from, start + to, kinds[dtype]) }] as const;
  });
  return { tensors: Object.fromEntries(tensors), metadata: checkMetadata(__metadata__, refuse) };
}

/**
 * The tensor with its numbers in float32: those of F16 and BF16 are widened exactly, F32 stays as it is.
 *
 * @throws Error for any other dtype, which is a defect of the caller.
 */
export function asFloat32({ dtype, shape, data }: StoredTensor): StoredTensor & { data: Float32Array } {
  if (data instanceof Float32Array) return { dtype, shape, data };
  if (dtype !== "F16" && dtype !== "BF16") throw new Error(`A tensor of ${dtype} cannot be widened to float32`);
  const bits = data as Uint16Array;
  const values = new Float32Array(bits.length);
  if (dtype === "BF16") new Uint32Array(values.buffer).set(Uint32Array.from(bits, (half) => half << 16));
  else bits.forEach((half, i) => values[i] = decodeHalf(half));
  return { dtype: "F32", shape, data: values };
}

/**
 * The tensor with each number rounded to float16, to nearest and on a tie to even; 65520 and above become infinite.
 *
 * @throws Error unless its dtype is F32, which is a defect of the caller.
 */
export function asFloat16({ dtype, shape, data }: StoredTensor): StoredTensor & { data: Uint16Array } {
  if (!(data instanceof Float32Array)) throw new Error(`A tensor of ${dtype} cannot be rounded to float16`);
  return { dtype: "F16", shape, data: Uint16Array.from(data, encodeHalf) };
}

function parseHeader(bytes: Uint8Array, refuse: (why: string) => never): Record<string, unknown> {
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    refuse("its header is not JSON; it is damaged or has another format");
  }
  if (header === null || typeof header !== "object" || Array.isArray(header)) refuse("its header is not a JSON object");
  return header as Record<string, unknown>;
}

function checkEntry(name: string, value: unknown, refuse: (why: string) => never): Entry {
  const { dtype, shape, data_offsets: range } = (value ?? {}) as Partial<Entry>;
  const naturals = (list: unknown): list is number[] =>
    Array.isArray(list) && list.every((item) => Number.isSafeInteger(item) && item >= 0);
  if (!order.includes(String(dtype))) refuse(`tensor "${name}" has the unknown dtype ${JSON.stringify(dtype)}`);
  if (!naturals(shape)) refuse(`tensor "${name}" has the impossible shape ${JSON.stringify(shape)}`);
  if (!naturals(range) || range.length !== 2 || range[0]! > range[1]!) {
    refuse(`tensor "${name}" has the impossible byte range ${JSON.stringify(range)}`);
  }
  const entry = value as Entry;
  const size = count(entry.shape) * kinds[entry.dtype].BYTES_PER_ELEMENT;
  const [from, to] = entry.data_offsets;
  if (to - from !== size) {
    refuse(`tensor "${name}" (${dtype} [${shape}]) needs ${size} bytes and its range holds ${to - from}`);
  }
  return entry;
}

/** Checks that the ranges cover the data exactly once: no gap, no overlap, nothing beyond the end, no rest. */
function checkRanges(entries: (readonly [string, Entry])[], size: number, refuse: (why: string) => never): void {
  const ranges = entries.map(([name, entry]) => [name, ...entry.data_offsets] as const);
  ranges.sort((a, b) => a[1] - b[1] || a[2] - b[2]);
  let end = 0;
  for (const [name, from, to] of ranges) {
    if (from !== end) refuse(`tensor "${name}" starts at byte ${from} of the data where ${end} was expected`);
    end = to;
  }
  if (end > size) refuse(`its tensors need ${end} bytes of data, and it has ${size}; it is cut short`);
  if (end < size) refuse(`${counted(size - end, "byte")} ${size - end === 1 ? "follows" : "follow"} its last tensor`);
}

function checkMetadata(value: unknown, refuse: (why: string) => never): Record<string, string> {
  if (value === undefined) return {};
  const fits = value !== null && typeof value === "object" && !Array.isArray(value) &&
    Object.values(value).every((item) => typeof item === "string");
  if (!fits) refuse("its metadata is not a record of strings");
  return value as Record<string, string>;
}

function view(bytes: Uint8Array, from: number, to: number, Kind: NumbersOf & { BYTES_PER_ELEMENT: number }): Numbers {
  const width = Kind.BYTES_PER_ELEMENT;
  if ((bytes.byteOffset + from) % width === 0) {
    return new Kind(bytes.buffer, bytes.byteOffset + from, (to - from) / width);
  }
  return new Kind(bytes.slice(from, to).buffer, 0, (to - from) / width);
}

function count(shape: number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}
