/** Batched matrix multiplication. */
import type { Node } from "../stablehlo/graph.ts";
import { lowerProduct } from "../lowering/matmul.ts";
import { broadcastInDim, dot } from "../stablehlo/ops.ts";
import { kernel } from "./register.ts";

kernel("BatchMatMul", ["a", "b"], ([a, b], { transposeA, transposeB }) => {
  const rank = a!.type.shape.length;
  const batch = Array.from({ length: rank - 2 }, (_, i) => i);
  // A batch axis of size 1 is repeated, as in tfjs.
  const shape = batch.map((axis) => Math.max(a!.type.shape[axis]!, b!.type.shape[axis]!));
  const spread = (x: Node) => broadcastInDim(x, [...shape, ...x.type.shape.slice(-2)], x.type.shape.map((_, i) => i));
  const inner: [number, number] = [transposeA ? rank - 2 : rank - 1, transposeB ? rank - 1 : rank - 2];
  const lowered = lowerProduct(spread(a!), spread(b!), Boolean(transposeA), Boolean(transposeB));
  return lowered ?? dot(spread(a!), spread(b!), [batch, batch], [[inner[0]], [inner[1]]]);
});
