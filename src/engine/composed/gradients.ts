/**
 * Gradients that tfjs 4.22 lacks (dilated convolutions, strided slices, einsum, gatherND and scatterND, depth to space,
 * top k, transposed 3-D convolutions), or that are wrong in it (mirror padding, cumulative sums along an axis other
 * than the last, maximum and minimum with broadcasting, unstacking a single part).
 */
import { type Tensor, tf } from "../tf.ts";
import { einsum, einsumLabels } from "./einsum.ts";
import { type Mirror, mirrorPadGradient, spread } from "./layout.ts";

type Attributes = Record<string, unknown>;
type Saved = Tensor[];

/** Registers the gradient of a kernel with one result; `inputs` are the inputs to save for it. */
function gradient(
  kernelName: string,
  inputs: string[],
  f: (dy: Tensor, saved: Saved, attributes: Attributes) => Record<string, () => Tensor>,
): void {
  tf.registerGradient({
    kernelName,
    inputsToSave: inputs,
    gradFunc: (dy, saved, attributes) => f(dy as Tensor, saved, attributes as Attributes),
  });
}
const run = (kernel: string, inputs: Record<string, Tensor>, attributes: Attributes) =>
  tf.engine().runKernel(kernel, inputs, attributes as tf.NamedAttrMap) as Tensor;

/** A dilated filter is a larger one with zeros; its gradient is that of the larger one, at the original elements. */
for (
  const [kernel, back, dimensions] of [
    ["Conv2D", ["Conv2DBackpropInput", "Conv2DBackpropFilter"], 2],
    ["Conv3D", ["Conv3DBackpropInputV2", "Conv3DBackpropFilterV2"], 3],
    ["DepthwiseConv2dNative", [
      "DepthwiseConv2dNativeBackpropInput",
      "DepthwiseConv2dNativeBackpropFilter",
    ], 2],
  ] as const
) {
  gradient(kernel, ["x", "filter"], (dy, [x, filter], attributes) => {
    const given = (attributes.dilations ?? 1) as number | number[];
    const dilations = typeof given === "number" ? Array<number>(dimensions).fill(given) : given;
    const steps = filter!.shape.map((_, axis) => dilations[axis] ?? 1);
    const whole = { ...attributes, dilations: dilations.map(() => 1) };
    const large = () => spread(filter!, steps);
    const filterShape = filter!.shape.map((n, axis) => (n - 1) * steps[axis]! + 1);
    return {
      x: () => run(back[0], { dy, filter: large() }, { ...whole, inputShape: x!.shape }),
      filter: () => {
        const larger = run(back[1], { x: x!, dy }, { ...whole, filterShape });
        return steps.every((step) => step === 1)
          ? larger
          : tf.stridedSlice(larger, steps.map(() => 0), filterShape, steps);
      },
    };
  });
}
gradient("Conv3DBackpropInputV2", ["dy", "filter"], (ddx, [dy, filter], attributes) => ({
  dy: () => run("Conv3D", { x: ddx, filter: filter! }, { ...attributes, dataFormat: "NDHWC", dilations: 1 }),
  filter: () => run("Conv3DBackpropFilterV2", { x: ddx, dy: dy! }, { ...attributes, filterShape: filter!.shape }),
}));

gradient("MirrorPad", [], (dy, _, attributes) => ({
  x: () => mirrorPadGradient(dy, attributes as unknown as Mirror),
}));
gradient("Cumsum", [], (dy, _, { axis, exclusive, reverse }) => ({
  x: () => tf.cumsum(dy, axis as number, exclusive as boolean, !reverse),
}));

/** For a single part tfjs passes a tensor where its own gradient expects a list. */
gradient("Unpack", [], (dy, _, { axis }) => ({
  value: () => tf.stack([dy].flat(), axis as number),
}));

/** The gradient is written to the positions of the slice; it is zero elsewhere. */
gradient("StridedSlice", ["x"], (dy, [x], attributes) => {
  const { begin, end, strides, ...masks } = attributes as Record<string, number[]>;
  const m = masks as unknown as Record<string, number>;
  const info = tf.slice_util.sliceInfo(
    x!.shape,
    begin!,
    end!,
    strides!,
    m.beginMask!,
    m.endMask!,
    m.ellipsisMask!,
    m.newAxisMask!,
    m.shrinkAxisMask!,
  );
  return {
    x: () => {
      const sizes = info.strides.map((step, i) => Math.max(0, Math.ceil((info.end[i]! - info.begin[i]!) / step)));
      const backwards = info.strides.flatMap((step, axis) => step < 0 ? [axis] : []);
      const taken = tf.reverse(tf.reshape(dy, sizes), backwards);
      const apart = spread(taken, info.strides.map(Math.abs));
      const around = info.strides.map((step, i) => {
        const first = step > 0 ? info.begin[i]! : info.begin[i]! + (sizes[i]! - 1) * step;
        return sizes[i] === 0 ? [0, x!.shape[i]!] : [first, x!.shape[i]! - first - apart.shape[i]!];
      });
      return tf.reshape(tf.pad(apart, around as [number, number][]), x!.shape);
    },
  };
});

/** With respect to one operand, the product of the rest; letters that were summed away alone come back repeated. */
tf.registerGradient({
  kernelName: "Einsum",
  saveAllInputs: true,
  gradFunc: (dy, saved, attributes) => {
    const { operands, result } = einsumLabels(attributes.equation as string);
    return saved.map((x, i) => () => {
      const [mine, other] = [operands[i]!, operands[1 - i]];
      const kept = mine.filter((letter) => result.includes(letter) || other?.includes(letter));
      const terms = other ? [result, other] : [result];
      const equation = `${terms.map((letters) => letters.join("")).join(",")}->${kept.join("")}`;
      const partial = einsum(equation, dy as Tensor, ...other ? [saved[1 - i]!] : []);
      const shape = mine.map((letter, axis) => kept.includes(letter) ? x.shape[axis]! : 1);
      return tf.broadcastTo(tf.reshape(partial, shape), x.shape);
    }) as unknown as Record<string, () => Tensor>;
  },
});

gradient("GatherNd", ["params", "indices"], (dy, [x, indices]) => ({
  params: () => tf.scatterND(indices!, dy, x!.shape),
  indices: () => tf.zerosLike(indices!),
}));
gradient("ScatterNd", ["indices"], (dy, [indices]) => ({
  indices: () => tf.zerosLike(indices!),
  updates: () => tf.gatherND(dy, indices!),
}));

/** Each block of pixels becomes the channels of one pixel. */
gradient("DepthToSpace", ["x"], (dy, [x], { blockSize }) => ({
  x: () => {
    const b = blockSize as number;
    const [batch, h, w, c] = x!.shape as [number, number, number, number];
    const blocks = tf.reshape(dy, [batch, h, b, w, b, c / (b * b)]);
    return tf.reshape(tf.transpose(blocks, [0, 1, 3, 2, 4, 5]), x!.shape);
  },
}));

tf.registerGradient({
  kernelName: "TopK",
  inputsToSave: ["x"],
  outputsToSave: [false, true],
  gradFunc: (dy, [x, indices]) => ({
    x: () => {
      const places = tf.oneHot(indices!, x!.shape.at(-1)!, 1, 0, "float32"); // [..., k, n]
      return tf.sum(tf.mul(tf.expandDims((dy as Tensor[])[0]!, -1), places), -2);
    },
  }),
});

/** tfjs has these gradients for equal shapes; that of a broadcast operand is the sum over its repetitions. */
for (const kernelName of ["Maximum", "Minimum", "SquaredDifference"]) {
  const { gradFunc } = tf.getGradient(kernelName);
  gradient(kernelName, ["a", "b"], (dy, [a, b], attributes) => {
    const full = gradFunc(dy, [a!, b!], attributes as tf.NamedAttrMap);
    const summed = (name: "a" | "b", x: Tensor) => () => {
      const axes = tf.broadcast_util.getReductionAxes(x.shape, dy.shape);
      return tf.reshape(tf.sum(full[name]!(), axes), x.shape);
    };
    return { a: summed("a", a!), b: summed("b", b!) };
  });
}
