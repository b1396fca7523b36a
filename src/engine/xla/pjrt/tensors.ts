/** Types of tensors, and the host arrays that hold their values. */
import type { bufferTypes } from "./structs.ts";

/** Element types by their StableHLO names: those of tfjs, bfloat16 (inside programs only) and float64. */
export type ElementType = keyof typeof bufferTypes;
export interface TensorType {
  shape: number[];
  element: ElementType;
}
/** Values of the types of tfjs, and of all element types. */
export type HostArray = Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer> | Uint8Array<ArrayBuffer>;
export type DeviceArray = HostArray | Float64Array<ArrayBuffer>;

/** The product of a shape. */
export const elementCount = (shape: number[]) => shape.reduce((a, b) => a * b, 1);
const elementBytes = { i1: 1, i32: 4, f32: 4, f64: 8, bf16: 2 };
/** Bytes of a tensor on the device. */
export const byteCount = ({ shape, element }: TensorType) => elementCount(shape) * elementBytes[element];

/** An empty host array that can hold a tensor of this type. */
export function hostArray({ shape, element }: TensorType): DeviceArray {
  const n = elementCount(shape);
  if (element === "f64") return new Float64Array(n);
  return element === "f32" ? new Float32Array(n) : element === "i32" ? new Int32Array(n) : new Uint8Array(n);
}
