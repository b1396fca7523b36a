/**
 * Maximum and average over windows, 2-D and 3-D, with their gradients.
 *
 * Padding is ignored: it is never the maximum, and an average is over the pixels inside the image. (To include the
 * padding like PyTorch's `count_include_pad`, pad with zeros first and pool with "valid".)
 */
import { coverage, forwardPadding, inputGradientPadding, poolingAxes, type WindowAxis } from "../../window.ts";
import { literal, type Node } from "../stablehlo/graph.ts";
import { binary } from "../stablehlo/ops.ts";
import { reduceWindow, scatterToLargest, type SlidingWindow } from "../stablehlo/region_ops.ts";
import { kernel } from "./register.ts";

/** A window of size 1 along batch and channels. */
function windowOf(axes: WindowAxis[]): SlidingWindow {
  return {
    size: [1, ...axes.map(({ taps }) => taps), 1],
    stride: [1, ...axes.map(({ stride }) => stride), 1],
    pad: [[0, 0], ...axes.map(forwardPadding), [0, 0]],
  };
}

/** How many elements each window covers: [1, H', W', 1]. */
function counts(axes: WindowAxis[]): Node {
  return literal(coverage(axes), { shape: [1, ...axes.map(({ out }) => out), 1], element: "f32" });
}

for (const name of ["MaxPool", "MaxPool3D"]) {
  kernel(name, ["x"], ([x], attributes) => {
    return reduceWindow(x!, "maximum", windowOf(poolingAxes(x!.type.shape, attributes)));
  });
  kernel(`${name}Grad`, ["dy", "input"], ([dy, x], attributes) => {
    return scatterToLargest(x!, dy!, windowOf(poolingAxes(x!.type.shape, attributes)));
  });
}
for (const name of ["AvgPool", "AvgPool3D"]) {
  kernel(name, ["x"], ([x], attributes) => {
    const axes = poolingAxes(x!.type.shape, attributes);
    return binary("divide", reduceWindow(x!, "add", windowOf(axes)), counts(axes));
  });
  // The gradient of a pixel is the sum over the windows that cover it.
  kernel(`${name}Grad`, ["dy", "input"], ([dy, x], attributes) => {
    const axes = poolingAxes(x!.type.shape, attributes);
    return reduceWindow(binary("divide", dy!, counts(axes)), "add", {
      ...windowOf(axes),
      stride: dy!.type.shape.map(() => 1),
      pad: [[0, 0], ...axes.map(inputGradientPadding), [0, 0]],
      spread: [1, ...axes.map(({ stride }) => stride), 1],
    });
  });
}
