/**
 * Inverse trigonometric and hyperbolic functions, which StableHLO lacks, in forms that are accurate near zero and do
 * not overflow before the result does.
 */
import type { Node } from "../stablehlo/graph.ts";
import { binary, compare, convert, select, splat, unary } from "../stablehlo/ops.ts";
import { kernel } from "./register.ts";

const like = (x: Node, value: number) => splat(value, x.type.shape);
const plus = (x: Node, value: number) => binary("add", x, like(x, value));
const times = (x: Node, value: number) => binary("multiply", x, like(x, value));
const minus = (a: Node, b: Node) => binary("subtract", a, b);
const root = (x: Node) => unary("sqrt", x);
/** √(1 − x²) */
const leg = (x: Node) => root(binary("multiply", minus(like(x, 1), x), plus(x, 1)));
/** eˣ ∕ 2, without overflow where the result is finite. */
const halfExponential = (x: Node) => unary("exponential", plus(x, -Math.LN2));
const odd = (x: Node, ofSize: (size: Node) => Node) => {
  return binary("multiply", unary("sign", x), ofSize(unary("abs", x)));
};

const functions: Record<string, (x: Node) => Node> = {
  Asin: (x) => times(binary("atan2", x, plus(leg(x), 1)), 2),
  Acos: (x) => times(binary("atan2", root(minus(like(x, 1), x)), root(plus(x, 1))), 2),
  Atan: (x) => binary("atan2", x, like(x, 1)),
  // log1p(x + x² ∕ (1 + √(1 + x²))), and log(2x) where x² would overflow.
  Asinh: (x) =>
    odd(x, (size) => {
      const square = binary("multiply", size, size);
      const small = unary(
        "log_plus_one",
        binary("add", size, binary("divide", square, plus(root(plus(square, 1)), 1))),
      );
      return select(compare("GT", size, like(x, 1e9)), plus(unary("log", size), Math.LN2), small);
    }),
  // With t = x − 1: log1p(t + √t·√(t + 2)), and log(2x) where that would overflow.
  Acosh: (x) => {
    const t = plus(x, -1);
    const small = unary("log_plus_one", binary("add", t, binary("multiply", root(t), root(plus(t, 2)))));
    return select(compare("GT", x, like(x, 1e9)), plus(unary("log", x), Math.LN2), small);
  },
  Atanh: (x) => times(minus(unary("log_plus_one", x), unary("log_plus_one", unary("negate", x))), 0.5),
  // With e = eˣ − 1: (e + e ∕ (e + 1)) ∕ 2 near zero.
  Sinh: (x) =>
    odd(x, (size) => {
      const e = unary("exponential_minus_one", size);
      const small = times(binary("add", e, binary("divide", e, plus(e, 1))), 0.5);
      const large = minus(halfExponential(size), halfExponential(unary("negate", size)));
      return select(compare("LT", size, like(x, 1)), small, large);
    }),
  Cosh: (x) => {
    const size = unary("abs", x);
    return binary("add", halfExponential(size), halfExponential(unary("negate", size)));
  },
};
for (const [name, f] of Object.entries(functions)) {
  kernel(name, ["x"], ([x]) => f(convert(x!, "f32")));
}
