/** Einstein summation of one or two tensors, as one batched matrix product. */
import { fail } from "../../base/errors.ts";
import { type Tensor, tf } from "../tf.ts";
import { composed } from "./register.ts";

/** The letters of each operand and of the result, e.g. of `ij,jk->ik`. */
export function einsumLabels(equation: string): { operands: string[][]; result: string[] } {
  const [left, right] = equation.replace(/\s/g, "").split("->") as [string, string];
  return { operands: left.split(",").map((term) => [...term]), result: [...right] };
}

/**
 * Sums products over the letters that are not in the result, e.g. `bij,bjk->bik`.
 *
 * @param equation One or two operands and the result; no letter twice in one operand, no ellipsis.
 * @throws UserError when the number of tensors differs from that of operands, or is greater than two.
 */
export function einsum(equation: string, ...tensors: Tensor[]): Tensor {
  const { operands, result } = einsumLabels(equation);
  if (operands.length !== tensors.length || tensors.length > 2) {
    fail(`einsum "${equation}" got ${tensors.length} tensors; it takes one or two, as many as the equation names.`);
  }
  const reduced = tensors.map((x, i) => sumLonely(x, operands[i]!, [...result, ...operands[1 - i] ?? []]));
  const [a, b] = reduced as [typeof reduced[0], typeof reduced[0] | undefined];
  if (!b) return tf.transpose(a!.x, result.map((letter) => a!.letters.indexOf(letter)));
  const batch = a!.letters.filter((letter) => b.letters.includes(letter) && result.includes(letter));
  const inner = a!.letters.filter((letter) => b.letters.includes(letter) && !result.includes(letter));
  const [left, right] = [a!, b].map(({ letters }) => letters.filter((l) => !batch.includes(l) && !inner.includes(l)));
  const sizes = new Map(
    [a!, b].flatMap(({ x, letters }) => letters.map((letter, i) => [letter, x.shape[i]!] as const)),
  );
  const shape = (letters: string[]) => letters.map((letter) => sizes.get(letter)!);
  const count = (letters: string[]) => tf.util.sizeFromShape(shape(letters));
  /** A tensor with three groups of letters, each merged to one axis. */
  const grouped = ({ x, letters }: { x: Tensor; letters: string[] }, ...groups: string[][]) =>
    tf.reshape(tf.transpose(x, groups.flat().map((letter) => letters.indexOf(letter))), groups.map(count));
  const product = tf.matMul(grouped(a!, batch, left!, inner), grouped(b, batch, inner, right!)); // [batch, left, right]
  const letters = [...batch, ...left!, ...right!];
  return tf.transpose(tf.reshape(product, shape(letters)), result.map((letter) => letters.indexOf(letter)));
}

/** Sums over the letters that occur in no other term. */
function sumLonely(x: Tensor, letters: string[], others: string[]): { x: Tensor; letters: string[] } {
  const axes = letters.flatMap((letter, i) => others.includes(letter) ? [] : [i]);
  return { x: axes.length > 0 ? tf.sum(x, axes) : x, letters: letters.filter((letter) => others.includes(letter)) };
}

composed("Einsum", ["xla", "wasm"], (inputs, { equation }) => einsum(equation as string, ...Object.values(inputs)));
