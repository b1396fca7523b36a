/**
 * The recurrent part of several LSTMs in parallel as a loop over the steps, and its gradient as a loop backwards.
 *
 * tfjs has no such kernels; `lstmScan` of ../../lstm.ts calls them. D is the number of LSTMs, L of steps, N of
 * sequences.
 */
import type { Node } from "../stablehlo/graph.ts";
import { loop, sliceAt, updateAt } from "../stablehlo/loop.ts";
import { binary, compare, concatenate, dot, select, slice, splat, transpose, unary } from "../stablehlo/ops.ts";
import { kernel } from "./register.ts";

const add = (a: Node, b: Node) => binary("add", a, b);
const subtract = (a: Node, b: Node) => binary("subtract", a, b);
const multiply = (a: Node, b: Node) => binary("multiply", a, b);
const sigmoid = (x: Node) => unary("logistic", x);
const tanh = (x: Node) => unary("tanh", x);
/** 1 − x and 1 − x² */
const rest = (x: Node) => subtract(splat(1, x.type.shape), x);
const restOfSquare = (x: Node) => rest(multiply(x, x));

/** `count` equal parts along the last axis. */
function parts(x: Node, count: number): Node[] {
  const { shape } = x.type;
  const size = shape.at(-1)! / count;
  const begin = (i: number) => shape.map((_, axis) => axis === shape.length - 1 ? i * size : 0);
  const end = (i: number) => shape.map((n, axis) => axis === shape.length - 1 ? (i + 1) * size : n);
  return Array.from({ length: count }, (_, i) => slice(x, begin(i), end(i)));
}

/**
 * projected [D, L, N, 4H], mask [D, L, N, 1], recurrent [D, H, 4H] → trace [D, L, N, 6H]: the four gates of every step
 * (input, forget, candidate, output) and both states after it, c and h.
 */
kernel("LstmScan", ["projected", "mask", "recurrent"], ([projected, mask, recurrent]) => {
  const [directions, steps, batch] = projected!.type.shape as [number, number, number];
  const hidden = recurrent!.type.shape[1]!;
  const state = splat(0, [directions, batch, hidden]);
  const trace = splat(0, [directions, steps, batch, 6 * hidden]);
  const given = [projected!, mask!, recurrent!];
  return loop(steps, [state, state, trace], given, 2, ({ at, carried, given }) => {
    const [h, c, trace] = carried as [Node, Node, Node];
    const [projected, mask, recurrent] = given as [Node, Node, Node];
    const here = sliceAt(mask, 1, at); // [D, N, 1]
    const gates = add(sliceAt(projected, 1, at), dot(h, recurrent, [[0], [0]], [[2], [1]])); // [D, N, 4H]
    const [a, b, u, w] = parts(gates, 4) as [Node, Node, Node, Node];
    const [i, f, g, o] = [sigmoid(a), sigmoid(b), tanh(u), sigmoid(w)];
    const nextC = add(multiply(f, c), multiply(i, g));
    const nextH = multiply(o, tanh(nextC));
    const keep = (old: Node, next: Node) => add(old, multiply(subtract(next, old), here));
    const [newC, newH] = [keep(c, nextC), keep(h, nextH)];
    return [newH, newC, updateAt(trace, 1, at, concatenate([i, f, g, o, newC, newH], 2))];
  });
});

/**
 * The gradient of `projected` [D, L, N, 4H] from the gradient dh [D, L, N, H] of every h. The loop runs from the last
 * step to the first; where the mask is 0, the gradients of the states are passed on unchanged.
 */
kernel("LstmScanGrad", ["trace", "mask", "recurrent", "dh"], ([trace, mask, recurrent, dh]) => {
  const [directions, steps, batch, hidden] = dh!.type.shape as [number, number, number, number];
  const state = splat(0, [directions, batch, hidden]);
  const result = splat(0, [directions, steps, batch, 4 * hidden]);
  const given = [trace!, mask!, transpose(recurrent!, [0, 2, 1]), dh!];
  return loop(steps, [state, state, result], given, 2, ({ at, carried, given }) => {
    const [laterH, laterC, result] = carried as [Node, Node, Node];
    const [trace, mask, turned, dh] = given as [Node, Node, Node, Node];
    const step = subtract(splat(steps - 1, [], "i32"), at);
    const before = subtract(step, splat(1, [], "i32")); // −1 reads step 0, and the state before it is 0
    const first = compare("EQ", step, splat(0, [], "i32"));
    const here = sliceAt(mask, 1, step); // [D, N, 1]
    const [i, f, g, o] = parts(sliceAt(trace, 1, step), 6) as [Node, Node, Node, Node];
    const stored = parts(sliceAt(trace, 1, before), 6)[4]!;
    const c = select(first, splat(0, stored.type.shape), stored);
    const t = tanh(add(multiply(f, c), multiply(i, g)));
    const allH = add(laterH, sliceAt(dh, 1, step));
    const dH = multiply(allH, here);
    const dC = add(multiply(laterC, here), multiply(dH, multiply(o, restOfSquare(t))));
    const gates = concatenate([
      multiply(multiply(dC, g), multiply(i, rest(i))),
      multiply(multiply(dC, c), multiply(f, rest(f))),
      multiply(multiply(dC, i), restOfSquare(g)),
      multiply(multiply(dH, t), multiply(o, rest(o))),
    ], 2); // [D, N, 4H]
    const passH = add(subtract(allH, dH), dot(gates, turned, [[0], [0]], [[2], [1]]));
    const passC = add(subtract(laterC, multiply(laterC, here)), multiply(dC, f));
    return [passH, passC, updateAt(result, 1, step, gates)];
  });
});
