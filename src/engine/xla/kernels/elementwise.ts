/** Elementwise kernels: arithmetic, comparisons, activations, casts, constants. */
import { tf } from "../../tf.ts";
import { elementOf } from "../backend.ts";
import { hostValue, type Node } from "../stablehlo/graph.ts";
import {
  binary,
  broadcastTo,
  broadcastTogether,
  compare,
  convert,
  reshape,
  select,
  splat,
  unary,
} from "../stablehlo/ops.ts";
import { kernel } from "./register.ts";

const like = (x: Node, value: number) => splat(value, x.type.shape, x.type.element);
const multiply = (a: Node, b: Node) => binary("multiply", a, b);
const add = (a: Node, b: Node) => binary("add", a, b);
const subtract = (a: Node, b: Node) => binary("subtract", a, b);
const divide = (a: Node, b: Node) => binary("divide", a, b);
const positive = (x: Node) => compare("GT", x, like(x, 0));
/** tfjs returns float32 for these kernels, also for int32. */
const float = (x: Node) => convert(x, "f32");

/** tfjs kernels and the identical StableHLO operations. */
const unaryKernels: Record<string, string> = {
  Abs: "abs",
  Ceil: "ceil",
  Cos: "cosine",
  Exp: "exponential",
  Expm1: "exponential_minus_one",
  Floor: "floor",
  Log: "log",
  Log1p: "log_plus_one",
  Neg: "negate",
  Round: "round_nearest_even",
  Rsqrt: "rsqrt",
  Sigmoid: "logistic",
  Sin: "sine",
  Sqrt: "sqrt",
  Tan: "tan",
  Tanh: "tanh",
};
for (const [name, operation] of Object.entries(unaryKernels)) {
  const keepsInt = name === "Abs" || name === "Neg";
  const keepsWhole = name === "Ceil" || name === "Floor" || name === "Round";
  kernel(name, ["x"], ([x]) => {
    if (keepsWhole && x!.type.element !== "f32") return x!;
    return unary(operation, keepsInt ? x! : float(x!));
  });
}

const binaryKernels: Record<string, string> = {
  Add: "add",
  Maximum: "maximum",
  Minimum: "minimum",
  Multiply: "multiply",
  Sub: "subtract",
  LogicalAnd: "and",
  LogicalOr: "or",
  BitwiseAnd: "and",
};
for (const [name, operation] of Object.entries(binaryKernels)) {
  kernel(name, ["a", "b"], ([a, b]) => binary(operation, a!, b!));
}
kernel("Atan2", ["a", "b"], ([a, b]) => convert(binary("atan2", float(a!), float(b!)), a!.type.element));
kernel("RealDiv", ["a", "b"], ([a, b]) => divide(float(a!), float(b!)));
kernel("Pow", ["a", "b"], ([a, b]) => binary("power", a!, convert(b!, a!.type.element)));
kernel("SquaredDifference", ["a", "b"], ([a, b]) => {
  const difference = subtract(a!, b!);
  return multiply(difference, difference);
});
// tfjs returns int32 here, also for float32.
kernel("FloorDiv", ["a", "b"], ([a, b]) => convert(floorDivide(a!, b!), "i32"));
/** The remainder has the sign of the divisor; in StableHLO, as in C, it has that of the dividend. */
kernel("Mod", ["a", "b"], ([a, b]) => {
  const [x, y] = broadcastTogether(a!, b!);
  const rest = binary("remainder", x, y);
  const opposite = compare("NE", compare("LT", x, like(x, 0)), compare("LT", y, like(y, 0)));
  return select(opposite, binary("remainder", add(rest, y), y), rest);
});

/** Division rounded down; StableHLO rounds integers towards zero. */
function floorDivide(a: Node, b: Node): Node {
  if (a.type.element === "f32") return unary("floor", divide(a, b));
  const [x, y] = broadcastTogether(a, b);
  const quotient = divide(x, y);
  const inexact = compare("NE", multiply(quotient, y), x);
  const opposite = compare("NE", compare("LT", x, like(x, 0)), compare("LT", y, like(y, 0)));
  return subtract(quotient, convert(binary("and", inexact, opposite), "i32"));
}

const comparisons: Record<string, string> = {
  Equal: "EQ",
  NotEqual: "NE",
  Greater: "GT",
  GreaterEqual: "GE",
  Less: "LT",
  LessEqual: "LE",
};
for (const [name, direction] of Object.entries(comparisons)) {
  kernel(name, ["a", "b"], ([a, b]) => compare(direction, a!, b!));
}
kernel("LogicalNot", ["x"], ([x]) => unary("not", x!));
kernel("IsNan", ["x"], ([x]) => compare("NE", x!, x!));
kernel("IsFinite", ["x"], ([x]) => compare("LT", unary("abs", x!), like(x!, Infinity)));
kernel("IsInf", ["x"], ([x]) => compare("EQ", unary("abs", x!), like(x!, Infinity)));

kernel("Square", ["x"], ([x]) => multiply(x!, x!));
kernel("Reciprocal", ["x"], ([x]) => divide(like(x!, 1), x!));
kernel("Sign", ["x"], ([x]) => unary("sign", x!));
// For NaN, Sign is NaN in StableHLO and 0 in tfjs; NaN is kept because it reveals errors.
kernel("Step", ["x"], ([x], { alpha }) => {
  const slope = select(positive(x!), like(x!, 1), like(x!, (alpha as number | undefined) ?? 0));
  return x!.type.element === "f32" ? select(compare("NE", x!, x!), x!, slope) : slope;
});
kernel("Relu", ["x"], ([x]) => binary("maximum", x!, like(x!, 0)));
kernel("Relu6", ["x"], ([x]) => binary("minimum", binary("maximum", x!, like(x!, 0)), like(x!, 6)));
kernel("LeakyRelu", ["x"], ([x], { alpha }) => {
  const value = float(x!);
  return select(positive(value), value, multiply(value, like(value, alpha as number)));
});
kernel("Prelu", ["x", "alpha"], ([x, alpha]) => {
  const [slope] = broadcastTogether(alpha!, x!);
  return select(positive(x!), x!, multiply(x!, slope));
});
kernel("Elu", ["x"], ([x]) => select(positive(x!), x!, unary("exponential_minus_one", x!)));
kernel("EluGrad", ["dy", "y"], ([dy, y]) => {
  return select(compare("GE", y!, like(y!, 0)), dy!, multiply(dy!, add(y!, like(y!, 1))));
});
kernel("Selu", ["x"], ([x]) => {
  const [scale, alpha] = [1.0507009873554805, 1.6732632423543772];
  return select(
    compare("GE", x!, like(x!, 0)),
    multiply(x!, like(x!, scale)),
    multiply(unary("exponential_minus_one", x!), like(x!, scale * alpha)),
  );
});
/** log(1 + eˣ) = max(x, 0) + log1p(e^−|x|), which does not overflow. */
kernel("Softplus", ["x"], ([x]) => {
  const tail = unary("log_plus_one", unary("exponential", unary("negate", unary("abs", x!))));
  return add(binary("maximum", x!, like(x!, 0)), tail);
});
kernel("Erf", ["x"], ([x]) => erf(x!));
kernel("ClipByValue", ["x"], ([x], { clipValueMin, clipValueMax }) => {
  return binary("minimum", binary("maximum", x!, like(x!, clipValueMin as number)), like(x!, clipValueMax as number));
});

/** The error function, which StableHLO lacks, by Abramowitz & Stegun 7.1.26, as in tfjs. */
function erf(x: Node): Node {
  const [p, ...coefficients] = [0.3275911, 1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592];
  const size = unary("abs", x);
  const t = divide(like(x, 1), add(like(x, 1), multiply(like(x, p!), size)));
  const polynomial = coefficients.reduce((sum, c) => multiply(add(sum, like(x, c)), t), like(x, 0));
  const tail = multiply(polynomial, unary("exponential", unary("negate", multiply(size, size))));
  return multiply(unary("sign", x), subtract(like(x, 1), tail));
}

kernel("Select", ["condition", "t", "e"], ([condition, t, e]) => {
  const { shape } = t!.type;
  // In tfjs a vector of conditions selects whole rows.
  const rows = condition!.type.shape.length === 1 && shape.length > 1;
  const aligned = rows ? reshape(condition!, [shape[0]!, ...shape.slice(1).map(() => 1)]) : condition!;
  return select(convert(broadcastTo(aligned, shape), "i1"), t!, e!);
});

kernel("Cast", ["x"], ([x], { dtype }) => {
  return convert(x!, elementOf(dtype as string));
});
kernel("ZerosLike", ["x"], ([x]) => like(x!, 0));
kernel("OnesLike", ["x"], ([x]) => like(x!, 1));
kernel("Fill", [], (_, { shape, value, dtype }) => {
  const type = (dtype as string | undefined) ?? tf.util.inferDtype(value as number);
  return splat(value as number, shape as number[], elementOf(type));
});
/** A kernel without inputs, whose values are constants. */
function listed(name: string, values: (a: { start: number; stop: number; step: number; num: number }) => number[]) {
  kernel(name, [], (_, attributes) => {
    const list = values(attributes as unknown as Parameters<typeof values>[0]);
    const element = elementOf((attributes.dtype as string | undefined) ?? "float32");
    const host = element === "i32" ? Int32Array.from(list) : Float32Array.from(list);
    return hostValue(host, { shape: [list.length], element });
  });
}
listed("Range", ({ start, stop, step }) => {
  const length = Math.max(0, Math.ceil((stop - start) / step)); // empty if the step has the wrong sign
  return Array.from({ length }, (_, i) => start + i * step);
});
listed("LinSpace", ({ start, stop, num }) => {
  return Array.from({ length: num }, (_, i) => i === 0 ? start : start + i * (stop - start) / (num - 1));
});
kernel("AddN", ["..."], (parts) => parts.reduce((sum, part) => add(sum, part)));
