/**
 * PyTorch's checkpoints of named tensors (.pth, .pt), read without Python.
 *
 * The pickle inside is data and never a program here (see globals.ts), so a file from anywhere may be looked into.
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

/** Types of storages as safetensors calls them, and the arrays that hold their numbers. */
const kinds: Record<string, Kind> = {
  "torch.FloatStorage": { dtype: "F32", Numbers: Float32Array },
  "torch.HalfStorage": { dtype: "F16", Numbers: Uint16Array }, // raw bits, as in safetensors.ts
  "torch.BFloat16Storage": { dtype: "BF16", Numbers: Uint16Array },
  "torch.LongStorage": { dtype: "I64", Numbers: BigInt64Array },
};

/** Whether the bytes begin as a PyTorch checkpoint does, of either format. */
export function isTorchFile(bytes: Uint8Array): boolean {
  return isZip(bytes) || isTorchStream(bytes);
}

/**
 * The tensors of a state dict by name, in the file's order; a dictionary that holds one as `state_dict` or `model` will do.
 *
 * Tensors may lie in their storage in any order and share it; they come out in rows. What lies as it should is a view of
 * `bytes`.
 *
 * @param where names the file in messages
 * @throws UserError when the file is damaged, holds numbers of other types than float32, float16, bfloat16 and int64, or
 *   anything but named tensors. Memory stays in proportion to the file.
 */
export async function readTorchFile(
  bytes: Uint8Array,
  where: string,
): Promise<Record<string, StoredTensor>> {
  if (!isTorchFile(bytes)) {
    fail(`"${where}" is no PyTorch checkpoint: it begins neither as a zip nor as the stream before PyTorch 1.6.`);
  }
  const file = isZip(bytes) ? await openTorchZip(bytes, where) : openTorchStream(bytes, where);
  const tensors: [string, StoredTensor][] = [];
  let elements = 0;
  for (const [name, tensor] of stateDict(file.object, where)) {
    if (typeof name !== "string" || !isKind(tensor, "tensor")) {
      fail(`"${where}" holds ${describe(name)} that is no tensor; save the model's state_dict() alone.`);
    }
    elements += tensor.shape.reduce((a, b) => a * b, 1);
    // Tied weights share a storage; a file of views upon views would take memory without end.
    if (elements > bytes.length) fail(`"${where}" is damaged: its tensors hold more numbers than it has bytes.`);
    tensors.push([name, decode(tensor, file)]);
  }
  return Object.fromEntries(tensors);
}

function stateDict(object: PythonValue, where: string): Map<PythonValue, PythonValue> {
  const inside = object instanceof Map ? object.get("state_dict") ?? object.get("model") ?? object : object;
  if (inside instanceof Map) return inside;
  fail(`"${where}" holds no named tensors; save the model's state_dict().`);
}

function describe(name: PythonValue): string {
  return typeof name === "string" ? `an entry "${name.slice(0, 80)}"` : "an entry";
}

function decode({ storage, offset, shape, strides }: TensorReference, file: TorchFile): StoredTensor {
  const { dtype, Numbers } = kinds[storage.type]!;
  const width = Numbers.BYTES_PER_ELEMENT;
  const count = shape.reduce((a, b) => a * b, 1);
  const stored = file.bytesOf(storage);
  if (isInRows(shape, strides)) {
    const raw = aligned(stored.subarray(offset * width, (offset + count) * width), width);
    return { dtype, shape, data: new Numbers(raw.buffer, raw.byteOffset, count) };
  }
  // Number by number, so that thousands of views into one storage take no more than what they show.
  const bytes = new Uint8Array(count * width);
  const index = shape.map(() => 0);
  for (let i = 0, from = offset; i < count; i++) {
    for (let byte = 0; byte < width; byte++) bytes[i * width + byte] = stored[from * width + byte]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) { // the next index in rows
      from += strides[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      from -= strides[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
  return { dtype, shape, data: new Numbers(bytes.buffer, 0, count) };
}

/** The same bytes where an array of numbers of `width` bytes may begin. */
function aligned(bytes: Uint8Array, width: number): Uint8Array {
  return bytes.byteOffset % width === 0 ? bytes : bytes.slice();
}

/** Whether numbers lie row after row; the stride of an axis of one place does not matter. */
function isInRows(shape: number[], strides: number[]): boolean {
  let step = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1 && strides[axis] !== step) return false;
    step *= shape[axis]!;
  }
  return true;
}
