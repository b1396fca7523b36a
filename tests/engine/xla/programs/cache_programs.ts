/** Small programs for the tests of the program cache. */
import type { TensorType } from "../../../../src/engine/xla/pjrt/tensors.ts";

export const output: TensorType = { shape: [8, 8], element: "f32" };

/** tanh(x·x + number); each number is a program of its own. */
export function programText(number: number): string {
  return `func.func @main(%a0: tensor<8x8xf32>) -> (tensor<8x8xf32>) {
  %0 = stablehlo.dot_general %a0, %a0, contracting_dims = [1] x [0] : (tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<8x8xf32>
  %1 = stablehlo.constant dense<${number}.5> : tensor<8x8xf32>
  %2 = stablehlo.add %0, %1 : tensor<8x8xf32>
  %3 = stablehlo.tanh %2 : tensor<8x8xf32>
  return %3 : tensor<8x8xf32>
}`;
}

export const input = () => Float32Array.from({ length: 64 }, (_, i) => Math.sin(i));
