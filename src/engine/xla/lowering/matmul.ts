/**
 * Faster forms of matrix products on CPUs, where the plain product is slow.
 *
 * XLA's CPU backend reads a transposed left operand element by element, and a transposed right operand once for every
 * few rows of a short left operand. Both are faster as the product of the exchanged operands, whose small result is
 * then transposed. The barriers prevent XLA from undoing this. Measurements: tests/bench/README.md.
 */
import type { Node } from "../stablehlo/graph.ts";
import { barrier, dot, transpose } from "../stablehlo/ops.ts";

let lowering: "never" | "by shape" | "always" = "never";
/** Sets when the lowerings of this file are used: `by shape` on a CPU; `always` (for any size) in tests. */
export function lowerProducts(when: typeof lowering): void {
  lowering = when;
}

/** Maximum rows of a short left operand. */
const short = 32;
/** Minimum elements of the larger operand. */
const large = 1 << 16;

/**
 * Products of matrices a [..., n, k] and b [..., k, m], either transposed; undefined where the plain product is faster.
 */
export function lowerProduct(a: Node, b: Node, transposeA: boolean, transposeB: boolean): Node | undefined {
  const rank = a.type.shape.length;
  const batch = Array.from({ length: rank - 2 }, (_, i) => i);
  const turned = [...batch, rank - 1, rank - 2];
  const elements = Math.max(...[a, b].map(({ type: { shape } }) => shape[rank - 2]! * shape[rank - 1]!));
  if (lowering === "never" || (lowering === "by shape" && elements < large)) return undefined;
  const rows = a.type.shape[transposeA ? rank - 1 : rank - 2]!;
  const columns = b.type.shape[transposeB ? rank - 2 : rank - 1]!;
  if (transposeA && !transposeB && rank > 2 && columns < rows) { // aᵀb = (bᵀa)ᵀ
    const product = dot(barrier(transpose(b, turned)), a, [batch, batch], [[rank - 1], [rank - 2]]);
    return transpose(barrier(product), turned);
  }
  if (!transposeA && transposeB && rows <= short && columns > rows) { // abᵀ = (baᵀ)ᵀ
    const product = dot(b, a, [batch, batch], [[rank - 1], [rank - 1]]);
    return transpose(barrier(product), turned);
  }
}
