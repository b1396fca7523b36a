/** Functions over records and lists of tensors; the order is always that in which the keys were written. */
import { type Tensor, tf, type Tree } from "./tf.ts";

/** The tensors of a tree with their paths, e.g. `["batch.images", tensor]`. */
export function leaves(tree: Tree, path = ""): [string, Tensor][] {
  if (tree instanceof tf.Tensor) return [[path, tree]];
  const entries = Array.isArray(tree) ? tree.map((node, i) => [String(i), node] as const) : Object.entries(tree);
  return entries.flatMap(([key, node]) => leaves(node, path ? `${path}.${key}` : key));
}

/** A copy of the tree with every tensor replaced. */
export function mapTree<T extends Tree>(tree: T, replace: (tensor: Tensor) => Tensor): T {
  if (tree instanceof tf.Tensor) return replace(tree) as T;
  if (Array.isArray(tree)) return tree.map((node) => mapTree(node, replace)) as T;
  return Object.fromEntries(Object.entries(tree).map(([key, node]) => [key, mapTree(node, replace)])) as T;
}

/** Disposes every tensor of a tree; tensors that are disposed already are skipped. */
export function disposeTree(tree: Tree): void {
  for (const [, tensor] of leaves(tree)) if (!tensor.isDisposed) tensor.dispose();
}
