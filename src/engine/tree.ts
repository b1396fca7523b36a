/** Walking records and lists of tensors, always in the same order (keys as written). */
import { type Tensor, tf, type Tree } from "./tf.ts";

/** The tensors of a tree with their paths, e.g. `["batch.images", tensor]`. */
export function leaves(tree: Tree, path = ""): [string, Tensor][] {
  if (tree instanceof tf.Tensor) return [[path, tree]];
  const entries = Array.isArray(tree) ? tree.map((node, i) => [String(i), node] as const) : Object.entries(tree);
  return entries.flatMap(([key, node]) => leaves(node, path ? `${path}.${key}` : key));
}

/** The same tree with every tensor replaced. */
export function mapTree<T extends Tree>(tree: T, replace: (tensor: Tensor) => Tensor): T {
  if (tree instanceof tf.Tensor) return replace(tree) as T;
  if (Array.isArray(tree)) return tree.map((node) => mapTree(node, replace)) as T;
  return Object.fromEntries(Object.entries(tree).map(([key, node]) => [key, mapTree(node, replace)])) as T;
}

/** Frees every tensor of a tree. */
export function disposeTree(tree: Tree): void {
  for (const [, tensor] of leaves(tree)) if (!tensor.isDisposed) tensor.dispose();
}
