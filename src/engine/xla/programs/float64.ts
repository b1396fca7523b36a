/** Matrix products in float64, which tfjs does not support: a small program for each combination of shapes. */
import type { Device, Executable } from "../pjrt/device.ts";
import type { TensorType } from "../pjrt/tensors.ts";

/** A matrix in row-major order; `transposed` if its transpose is the operand. */
export interface Matrix64 {
  values: Float64Array<ArrayBuffer>;
  rows: number;
  columns: number;
  transposed?: boolean;
}

const programs = new WeakMap<Device, Map<string, Executable>>();

/** The product of two matrices with equal inner dimensions, [p, q] in row-major order. */
export function productXla(device: Device, a: Matrix64, b: Matrix64): Float64Array<ArrayBuffer> {
  const type = ({ rows, columns }: Matrix64): TensorType => ({ shape: [rows, columns], element: "f64" });
  const output: TensorType = {
    shape: [a.transposed ? a.columns : a.rows, b.transposed ? b.rows : b.columns],
    element: "f64",
  };
  const module = moduleOf(a, b, output.shape);
  const known = programs.get(device) ?? new Map<string, Executable>();
  programs.set(device, known);
  const program = known.get(module) ?? device.compile(module, [output]);
  known.set(module, program);
  const inputs = [device.upload(a.values, type(a)), device.upload(b.values, type(b))];
  const [result] = device.execute(program, inputs);
  const values = device.download(result!, output);
  for (const buffer of [...inputs, result!]) device.freeBuffer(buffer);
  return values as Float64Array<ArrayBuffer>;
}

function moduleOf(a: Matrix64, b: Matrix64, shape: number[]): string {
  const text = (sides: number[]) => `tensor<${sides.join("x")}xf64>`;
  const [given, right, result] = [text([a.rows, a.columns]), text([b.rows, b.columns]), text(shape)];
  const left = a.transposed ? text([a.columns, a.rows]) : given;
  // XLA's CPU is four times slower with a transposed left operand; the barrier keeps it from fusing the transposition.
  const turned = `%t = stablehlo.transpose %a, dims = [1, 0] : (${given}) -> ${left}
  %l = stablehlo.optimization_barrier %t : ${left}`;
  return `func.func @main(%a: ${given}, %b: ${right}) -> ${result} {
  ${a.transposed ? turned : ""}
  %0 = stablehlo.dot_general ${a.transposed ? "%l" : "%a"}, %b, contracting_dims = [1] x [${b.transposed ? 1 : 0}],
    precision = [HIGHEST, HIGHEST] : (${left}, ${right}) -> ${result}
  return %0 : ${result}
}`;
}
