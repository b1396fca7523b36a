/** Cases of the kernels that work element by element. */
import { type Tensor, tf } from "../../../src/engine/mod.ts";
import { type Draw, special, table } from "../kernel_table.ts";

const { cases, add } = table();
export { cases as elementwiseCases };

type Unary = (x: Tensor) => Tensor;
const ints = () => tf.tensor1d([-3, 0, 1, 2, 7], "int32");

const unary: Record<string, Unary> = {
  Abs: tf.abs,
  Acos: tf.acos,
  Acosh: tf.acosh,
  Asin: tf.asin,
  Asinh: tf.asinh,
  Atan: tf.atan,
  Atanh: tf.atanh,
  Ceil: tf.ceil,
  Cos: tf.cos,
  Cosh: tf.cosh,
  Elu: tf.elu,
  Erf: tf.erf,
  Exp: tf.exp,
  Expm1: tf.expm1,
  Floor: tf.floor,
  IsFinite: tf.isFinite,
  IsInf: tf.isInf,
  IsNan: tf.isNaN,
  LeakyRelu: tf.leakyRelu,
  Log: tf.log,
  Log1p: tf.log1p,
  Neg: tf.neg,
  Reciprocal: tf.reciprocal,
  Relu: tf.relu,
  Relu6: tf.relu6,
  Round: tf.round,
  Rsqrt: tf.rsqrt,
  Selu: tf.selu,
  Sigmoid: tf.sigmoid,
  Sign: tf.sign,
  Sin: tf.sin,
  Sinh: tf.sinh,
  Softplus: tf.softplus,
  Sqrt: tf.sqrt,
  Square: tf.square,
  Step: tf.step,
  Tan: tf.tan,
  Tanh: tf.tanh,
};
for (const [kernel, f] of Object.entries(unary)) {
  add(kernel, "odd shape", (d) => f(d.normal(3, 1, 5)));
  add(kernel, "scalar", (d) => f(d.normal()));
  add(kernel, "one element", (d) => f(d.uniform(1, 1)));
  add(kernel, "no element", () => f(tf.tensor([], [0, 3])));
  if (kernel !== "Sign") add(kernel, "special numbers", () => f(special()));
}
const takesIntegers = ["Abs", "Neg", "Round", "Relu", "Relu6", "Exp", "Square", "Sign", "Step"];
for (const kernel of takesIntegers) {
  add(kernel, "int32", () => unary[kernel]!(ints()));
}
// tfjs turns the sign of a NaN to 0; xla keeps it, as a NaN is better seen than hidden.
add("Sign", "special numbers", () => tf.sign(special()), {
  reference: () => tf.where(tf.isNaN(special()), special(), tf.sign(special())),
});
for (const kernel of ["Acos", "Asin", "Atanh"]) {
  add(kernel, "from −1 to 1", () => unary[kernel]!(tf.tensor1d([-1, -0.9, -1e-4, 0, 1e-4, 0.5, 0.9999, 1])));
}
add("Acosh", "from 1 on", () => tf.acosh(tf.tensor1d([1, 1.0001, 1.5, 40, 1e6, 1e12])));
for (const kernel of ["Asinh", "Sinh", "Cosh"]) {
  add(kernel, "small and large", () => unary[kernel]!(tf.tensor1d([-80, -3, -1e-4, 1e-4, 0.9, 1.1, 20, 88])));
}
add("Round", "halves go to even", () => tf.round([-2.5, -1.5, -0.5, 0.5, 1.5, 2.5]));
add("Neg", "sign of zero", () => tf.reciprocal(tf.neg(tf.tensor1d([0, -0]))));
add("Relu", "sign of NaN and zero", () => tf.relu(tf.tensor1d([NaN, -0, 0])));
add("LeakyRelu", "slope 0.2, int32", () => tf.leakyRelu(ints(), 0.2));
add("LeakyRelu", "slope 0", (d) => tf.leakyRelu(d.normal(7), 0));
add("Step", "alpha", (d) => tf.step(d.normal(9), 0.3));
add("Softplus", "large and small", () => tf.softplus([-100, -20, -1, 0, 1, 20, 100]));
add("Expm1", "near zero", () => tf.expm1([1e-6, -1e-6, 1e-3]));
add("Log1p", "near zero", () => tf.log1p([1e-6, -1e-6, 1e-3]));
add("Sigmoid", "large and small", () => tf.sigmoid([-100, -20, 20, 100]));
add("Prelu", "a slope for each channel", (d) => tf.prelu(d.normal(2, 3, 5), d.uniform(5)));
add("Prelu", "slopes of full shape", (d) => tf.prelu(d.normal(3, 5), d.uniform(3, 5)));
add("EluGrad", "both sides of zero", (d) => run("EluGrad", { dy: d.normal(3, 5), y: d.normal(3, 5) }));
add("ClipByValue", "both bounds", (d) => tf.clipByValue(d.normal(4, 5), -0.5, 0.7));
add("ClipByValue", "special numbers", () => tf.clipByValue(special(), -1, 1));

type Binary = (a: Tensor, b: Tensor) => Tensor;
const binary: Record<string, Binary> = {
  Add: tf.add,
  Sub: tf.sub,
  Multiply: tf.mul,
  RealDiv: tf.div,
  Maximum: tf.maximum,
  Minimum: tf.minimum,
  Atan2: tf.atan2,
  SquaredDifference: tf.squaredDifference,
  FloorDiv: tf.floorDiv,
  Mod: tf.mod,
  Equal: tf.equal,
  NotEqual: tf.notEqual,
  Greater: tf.greater,
  GreaterEqual: tf.greaterEqual,
  Less: tf.less,
  LessEqual: tf.lessEqual,
};
for (const [kernel, f] of Object.entries(binary)) {
  add(kernel, "same shape", (d) => f(d.normal(3, 5), d.normal(3, 5)));
  add(kernel, "broadcast right", (d) => f(d.normal(2, 3, 5), d.normal(3, 1)));
  add(kernel, "broadcast left", (d) => f(d.normal(5), d.normal(2, 3, 5)));
  add(kernel, "broadcast both", (d) => f(d.normal(3, 1), d.normal(2, 1, 5)));
  add(kernel, "scalar and tensor", (d) => f(d.normal(), d.normal(4)));
  add(kernel, "no element", () => f(tf.tensor([], [0, 3]), tf.ones([1, 3])));
  // No int32 is infinite.
  if (kernel !== "FloorDiv") {
    add(kernel, "special numbers", () => f(special().reshape([12, 1]), special().reshape([1, 12])));
  }
  // Two int32 are divided by another kernel.
  if (kernel !== "RealDiv") add(kernel, "int32", (d) => f(d.integers(-7, 8, 5, 3), tf.tensor1d([-3, 2, 5], "int32")));
  add(kernel, "int32 and float32", (d) => f(d.integers(-7, 8, 5, 3), d.normal(3)));
}
for (const kernel of ["Equal", "NotEqual", "Greater", "Less", "GreaterEqual", "LessEqual"]) {
  add(kernel, "bool", (d) => binary[kernel]!(d.truths(9), d.truths(9)));
}
add("Multiply", "bool", (d) => tf.mul(d.truths(9), d.truths(9)));
add("Add", "bool and int32", (d) => tf.add(d.truths(9), d.integers(0, 9, 9)));
add("Multiply", "bool and float32", (d) => tf.mul(d.truths(9), d.normal(9)));
add("Pow", "real exponents", (d) => tf.pow(d.uniform(3, 5), d.normal(5)));
add("Pow", "broadcast left", (d) => tf.pow(d.uniform(5), d.normal(3, 1)));
add("Pow", "whole exponents of negative numbers", (d) => tf.pow(d.normal(6), tf.tensor1d([0, 1, 2, 3, -1, -2])));
add("Pow", "int32", (d) => tf.pow(d.integers(-4, 5, 6), tf.tensor1d([0, 1, 2, 3, 4, 5], "int32")));
add("Pow", "float32 to int32", (d) => tf.pow(d.normal(4), tf.tensor1d([0, 1, 2, 3], "int32")));
add("Mod", "signs", () => tf.mod(tf.tensor1d([7, -7, 7, -7]), tf.tensor1d([3, 3, -3, -3])));
add("LogicalAnd", "broadcast", (d) => tf.logicalAnd(d.truths(3, 5), d.truths(5)));
add("LogicalOr", "broadcast", (d) => tf.logicalOr(d.truths(3, 1), d.truths(1, 5)));
add("LogicalNot", "odd shape", (d) => tf.logicalNot(d.truths(3, 5)));

add("Select", "full condition", (d) => tf.where(d.truths(3, 5), d.normal(3, 5), d.normal(3, 5)));
add("Select", "broadcast values", (d) => tf.where(d.truths(3, 5), d.normal(5), d.normal(3, 1)));
add("Select", "NaN on the other side", (d) => tf.where(d.truths(5), d.normal(5), tf.fill([5], NaN)));
add("Select", "int32", (d) => tf.where(d.truths(5), d.integers(0, 9, 5), d.integers(0, 9, 5)));
// tfjs cpu takes the wrong elements here; `tf.where` never asks for it.
const rows = (d: Draw) => ({ condition: d.truths(3), t: d.normal(3, 5), e: d.normal(3, 5) });
add("Select", "a vector chooses rows", (d) => run("Select", rows(d)), {
  reference: (d) => {
    const { condition, t, e } = rows(d);
    return tf.where(tf.reshape(condition, [3, 1]), t, e);
  },
});

add("Cast", "float32 to int32", () => tf.cast(tf.tensor1d([-2.9, -0.5, 0, 0.5, 2.9]), "int32"));
add("Cast", "float32 to bool", () => tf.cast(tf.tensor1d([-2.9, 0, -0, 0.5]), "bool"));
add("Cast", "int32 to float32", (d) => tf.cast(d.integers(-9, 9, 5), "float32"));
add("Cast", "int32 to bool", (d) => tf.cast(d.integers(-1, 2, 5), "bool"));
add("Cast", "bool to float32", (d) => tf.cast(d.truths(5), "float32"));
add("Cast", "bool to int32", (d) => tf.cast(d.truths(5), "int32"));
add("Identity", "clone", (d) => tf.clone(d.normal(3, 5)));
add(
  "ZerosLike",
  "each dtype",
  (d) => [tf.zerosLike(d.normal(3)), tf.zerosLike(d.integers(1, 4, 3)), tf.zerosLike(d.truths(3))],
);
add(
  "OnesLike",
  "each dtype",
  (d) => [tf.onesLike(d.normal(3)), tf.onesLike(d.integers(1, 4, 3)), tf.onesLike(d.truths(3))],
);
add(
  "Fill",
  "each dtype",
  () => [tf.fill([3, 5], 0.1), tf.fill([2], 3, "int32"), tf.fill([2], 1, "bool"), tf.fill([2], NaN)],
);
add("Fill", "scalar and empty", () => [tf.fill([], -Infinity), tf.fill([0, 2], 1)]);
add("AddN", "three terms", (d) => tf.addN([d.normal(3, 5), d.normal(3, 5), d.normal(3, 5)]));
add("AddN", "one term", (d) => tf.addN([d.normal(3)]));
add("AddN", "int32", (d) => tf.addN([d.integers(0, 9, 3), d.integers(0, 9, 3)]));

/** A kernel called by name, where no public op reaches it in the way wanted. */
function run(kernel: string, inputs: Record<string, Tensor>, attributes: Record<string, unknown> = {}): Tensor {
  return tf.engine().runKernel(kernel, inputs as never, attributes as never) as Tensor;
}
