/** First-order gradients, as tfjs composes them from an engine's kernels. */
import { type Tensor, tf } from "../../../src/engine/mod.ts";
import { type Draw, table } from "../kernel_table.ts";

const { cases, add } = table();
export { cases as gradientCases };

/** Adds a case: the gradients of Σ w ∘ f(inputs) with a random w, with respect to every input. */
function gradient(
  kernel: string,
  label: string,
  f: (...inputs: Tensor[]) => Tensor,
  inputs: (d: Draw) => Tensor[],
): void {
  add(kernel, `gradient, ${label}`, (d) => {
    const given = inputs(d);
    const weight = d.normal(...f(...given).shape);
    return tf.grads((...x: Tensor[]) => tf.sum(tf.mul(f(...x), weight)))(given);
  });
}

const unary: Record<string, (x: Tensor) => Tensor> = {
  Abs: tf.abs,
  Exp: tf.exp,
  LeakyRelu: (x) => tf.leakyRelu(x, 0.2),
  Neg: tf.neg,
  Relu: tf.relu,
  Sigmoid: tf.sigmoid,
  Softplus: tf.softplus,
  Square: tf.square,
  Tanh: tf.tanh,
};
for (const [kernel, f] of Object.entries(unary)) gradient(kernel, "odd shape", f, (d) => [d.normal(3, 1, 5)]);
const positive: Record<string, (x: Tensor) => Tensor> = { Log: tf.log, Rsqrt: tf.rsqrt, Sqrt: tf.sqrt };
for (const [kernel, f] of Object.entries(positive)) {
  gradient(kernel, "positive numbers", f, (d) => [tf.add(d.uniform(3, 5), 0.5)]);
}
const binary: Record<string, (a: Tensor, b: Tensor) => Tensor> = {
  Add: tf.add,
  Sub: tf.sub,
  Multiply: tf.mul,
};
for (const [kernel, f] of Object.entries(binary)) {
  gradient(kernel, "broadcast both ways", f, (d) => [d.normal(2, 3, 1), d.normal(3, 5)]);
}
const extremes = { Maximum: tf.maximum, Minimum: tf.minimum, SquaredDifference: tf.squaredDifference };
for (const [kernel, f] of Object.entries(extremes)) {
  gradient(kernel, "same shape", f, (d) => [d.normal(3, 5), d.normal(3, 5)]);
  gradient(kernel, "broadcast both ways", f, (d) => [d.normal(2, 3, 1), d.normal(3, 5)]);
}
gradient("RealDiv", "broadcast both ways", tf.div, (d) => [d.normal(2, 3, 1), tf.add(d.uniform(3, 5), 0.5)]);
gradient("Pow", "square root", (x) => tf.pow(x, 0.5), (d) => [tf.add(d.uniform(7), 0.5)]);
gradient("ClipByValue", "both bounds", (x) => tf.clipByValue(x, -0.5, 0.5), (d) => [d.normal(11)]);
const flags = () => tf.tensor1d([1, 0, 1, 1, 0], "bool");
gradient("Select", "full condition", (a, b) => tf.where(flags(), a, b), (d) => [d.normal(5), d.normal(5)]);

for (const [left, right] of [[false, false], [true, false], [false, true], [true, true]] as const) {
  const shapes: [number[], number[]] = [left ? [2, 5, 3] : [2, 3, 5], right ? [2, 4, 5] : [2, 5, 4]];
  gradient("BatchMatMul", `${left ? "aᵀ" : "a"}·${right ? "bᵀ" : "b"}`, (a, b) => tf.matMul(a, b, left, right), (d) => [
    d.normal(...shapes[0]),
    d.normal(...shapes[1]),
  ]);
}
for (const axis of [undefined, 0, -1, [0, 2]]) {
  gradient("Sum", `axis ${axis}`, (x) => tf.sum(x, axis), (d) => [d.normal(2, 3, 5)]);
  gradient("Sum", `mean, axis ${axis}`, (x) => tf.mean(x, axis, true), (d) => [d.normal(2, 3, 5)]);
  gradient("Max", `axis ${axis}`, (x) => tf.max(x, axis), (d) => [d.normal(2, 3, 5)]);
}
gradient("Softmax", "last axis", (x) => tf.softmax(x), (d) => [tf.mul(d.normal(3, 5), 4)]);
gradient("Exp", "log-softmax", (x) => tf.logSoftmax(x), (d) => [tf.mul(d.normal(3, 5), 4)]);
gradient("Concat", "unlike sizes", (a, b) => tf.concat([a, b], 1), (d) => [d.normal(2, 3), d.normal(2, 5)]);
gradient("Pack", "axis 1", (a, b) => tf.stack([a, b], 1), (d) => [d.normal(2, 3), d.normal(2, 3)]);
gradient("SplitV", "the middle part", (x) => tf.split(x, [1, 3, 2], 1)[1]!, (d) => [d.normal(2, 6)]);
gradient("Unpack", "one of three", (x) => tf.unstack(x, 1)[2]!, (d) => [d.normal(2, 3, 4)]);
gradient("Unpack", "the only one", (x) => tf.unstack(x, 1)[0]!, (d) => [d.normal(2, 1, 4)]);
gradient("Slice", "inner block", (x) => tf.slice(x, [1, 0], [2, 3]), (d) => [d.normal(4, 5)]);
gradient("PadV2", "unlike amounts", (x) => tf.pad(x, [[1, 0], [0, 2]]), (d) => [d.normal(3, 2)]);
gradient("Transpose", "rank 3", (x) => tf.transpose(x, [2, 0, 1]), (d) => [d.normal(2, 3, 4)]);
gradient("Tile", "each axis", (x) => tf.tile(x, [2, 1, 3]), (d) => [d.normal(2, 3, 1)]);
gradient("Tile", "broadcastTo", (x) => tf.broadcastTo(x, [2, 3, 5]), (d) => [d.normal(3, 1)]);
for (const axis of [0, 1, -1]) {
  const indices = () => tf.tensor2d([[0, 2, 2], [1, 0, 2]], [2, 3], "int32");
  gradient(
    "UnsortedSegmentSum",
    `look-up with repeated indices, axis ${axis}`,
    (x) => tf.gather(x, indices(), axis),
    (d) => [d.normal(3, 4, 3)],
  );
}
gradient("Sum", "batch normalisation by hand", (x, scale) => {
  const { mean, variance } = tf.moments(x, [0, 1, 2]);
  return tf.mul(tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, 1e-5))), scale);
}, (d) => [d.normal(2, 3, 3, 4), d.normal(4)]);
