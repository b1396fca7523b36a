/**
 * Reading PyTorch checkpoints of named tensors (.pth, .pt) without Python.
 *
 * The pickle inside is never executed (see globals.ts), so that untrusted files can be read.
 */
import { fail } from "../../base/errors.ts";
import type { Dtype, StoredTensor } from "../safetensors.ts";
import { isTorchStream, isZip, openTorchStream, openTorchZip, type TorchFile } from "./torch_files.ts";
import { isKind, type PythonValue, type TensorReference } from "./values.ts";

type Numbers = Float32Array | Uint16Array | BigInt64Array;

interface Kind {
  dtype: Dtype;
  Numbers: { BYTES_PER_ELEMENT: number; new (buffer: ArrayBufferLike, offset: number, length: number): Numbers };
}

/** The safetensors dtype and the array type of each type of storage. */
const kinds: Record<string, Kind> = {
  "torch.FloatStorage": { dtype: "F32", Numbers: Float32Array },
  "torch.HalfStorage": { dtype: "F16", Numbers: Uint16Array }, // raw bits, as in safetensors.ts
  "torch.BFloat16Storage": { dtype: "BF16", Numbers: Uint16Array },
  "torch.LongStorage": { dtype: "I64", Numbers: BigInt64Array },
};

/** Whether the bytes begin like a PyTorch checkpoint of either format. */
export function isTorchFile(bytes: Uint8Array): boolean {
  return isZip(bytes) || isTorchStream(bytes);
}

/**
 * Reads the tensors of a state dict by name, in the order of the file. A dictionary that contains a state dict as
 * `state_dict` or `model` is accepted as well.
 *
 * Tensors may share a storage and have any strides; the result is in row-major order. Tensors stored in that order are
 * views of `bytes`. Memory is bounded by the size of the file.
 *
 * @example
 * ```ts
 * import { isTorchFile, readTorchFile } from "./torch.ts";
 * import { UserError } from "../../base/errors.ts";
 * const bytes = new TextEncoder().encode("<html>");
 * if (isTorchFile(bytes)) throw new Error("this is no checkpoint");
 * const error = await readTorchFile(bytes, "model.pth").catch((error) => error);
 * if (!(error instanceof UserError)) throw error; // otherwise: a record of names and tensors
 * ```
 *
 * @param where Name of the file in errors.
 * @throws UserError when the file is damaged, contains numbers of types other than float32, float16, bfloat16 and
 *   int64, or anything but named tensors.
 */
export async function readTorchFile(
  bytes: Uint8Array,
  where: string,
): Promise<Record<string, StoredTensor>> {
  if (!isTorchFile(bytes)) {
    fail(`"${where}" is no PyTorch checkpoint: it begins neither like a zip nor like the format before PyTorch 1.6.`);
  }
  const file = isZip(bytes) ? await openTorchZip(bytes, where) : openTorchStream(bytes, where);
  const tensors: [string, StoredTensor][] = [];
  let elements = 0;
  for (const [name, tensor] of stateDict(file.object, where)) {
    if (typeof name !== "string" || !isKind(tensor, "tensor")) {
      fail(`"${where}" contains ${describe(name)} that is no tensor; save the model's state_dict() alone.`);
    }
    elements += tensor.shape.reduce((a, b) => a * b, 1);
    // Tied weights share a storage; without a limit, a small file of many views could take any amount of memory.
    if (elements > bytes.length) fail(`"${where}" is damaged: its tensors have more numbers than it has bytes.`);
    tensors.push([name, decode(tensor, file)]);
  }
  return Object.fromEntries(tensors);
}

function stateDict(object: PythonValue, where: string): Map<PythonValue, PythonValue> {
  const inside = object instanceof Map ? object.get("state_dict") ?? object.get("model") ?? object : object;
  if (inside instanceof Map) return inside;
  fail(`"${where}" contains no named tensors; save the model's state_dict().`);
}

function describe(name: PythonValue): string {
  return typeof name === "string" ? `an entry "${name.slice(0, 80)}"` : "an entry";
}

function decode({ storage, offset, shape, strides }: TensorReference, file: TorchFile): StoredTensor {
  const { dtype, Numbers } = kinds[storage.type]!;
  const width = Numbers.BYTES_PER_ELEMENT;
  const count = shape.reduce((a, b) => a * b, 1);
  const stored = file.bytesOf(storage);
  if (isRowMajor(shape, strides)) {
    const raw = aligned(stored.subarray(offset * width, (offset + count) * width), width);
    return { dtype, shape, data: new Numbers(raw.buffer, raw.byteOffset, count) };
  }
  // Element by element, so that many views into one storage take no more memory than their elements.
  const bytes = new Uint8Array(count * width);
  const index = shape.map(() => 0);
  for (let i = 0, from = offset; i < count; i++) {
    for (let byte = 0; byte < width; byte++) bytes[i * width + byte] = stored[from * width + byte]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) { // the next index in row-major order
      from += strides[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      from -= strides[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
  return { dtype, shape, data: new Numbers(bytes.buffer, 0, count) };
}

/** The bytes themselves where they are aligned to `width`, otherwise a copy. */
function aligned(bytes: Uint8Array, width: number): Uint8Array {
  return bytes.byteOffset % width === 0 ? bytes : bytes.slice();
}

/** Whether elements are stored in row-major order; the stride of an axis of size 1 does not matter. */
function isRowMajor(shape: number[], strides: number[]): boolean {
  let step = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1 && strides[axis] !== step) return false;
    step *= shape[axis]!;
  }
  return true;
}
