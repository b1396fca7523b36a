/**
 * R(2+1)D-18 (Tran et al., 2018) as plain data: a residual network over short clips, under torchvision's names.
 *
 * Each 3×3×3 convolution is one over space and one over time, with as many channels between them as keep the number of
 * weights. Parameters and forward pass derive from this one description.
 */

/** A convolution with its BatchNorm. */
export interface Convolution {
  /** The convolution's name at torchvision, e.g. `layer1.0.conv1.0.0`. */
  name: string;
  /** Its BatchNorm's name there. */
  norm: string;
  /** Taps over time, height and width. */
  size: [number, number, number];
  /** Step over time, and over height and width. */
  stride: [number, number];
  input: number;
  output: number;
}

/** Two factorised convolutions beside a shortcut; ReLU follows each convolution, the last one's after the sum. */
export interface Block {
  /** Space, time, space, time. */
  convolutions: Convolution[];
  /** Maps the input to the shape of the output where they differ; 1×1×1. */
  shortcut?: Convolution;
}

/** Channels of the last map, and of the vector. */
export const WIDTH = 512;

const EVERY = 1;
const SECOND = 2;

/** The first two convolutions: 7×7 over space, then over time. */
export const stem: Convolution[] = [
  { name: "stem.0", norm: "stem.1", size: [1, 7, 7], stride: [EVERY, SECOND], input: 3, output: 45 },
  { name: "stem.3", norm: "stem.4", size: [3, 1, 1], stride: [EVERY, EVERY], input: 45, output: 64 },
];

/** Channels between space and time: with them a pair has as many weights as a 3×3×3 convolution. */
export function middleWidth(input: number, output: number): number {
  return Math.floor(27 * input * output / (9 * input + 3 * output));
}

/** Layers 1 to 4 of two blocks each; the first block of 2 to 4 halves time, height and width. */
export const blocks: Block[] = [64, 128, 256, WIDTH].flatMap((output, i) => {
  const layer = `layer${i + 1}`;
  return i === 0
    ? [block(`${layer}.0`, output, output, EVERY), block(`${layer}.1`, output, output, EVERY)]
    : [block(`${layer}.0`, output / 2, output, SECOND), block(`${layer}.1`, output, output, EVERY)];
});

function block(name: string, input: number, output: number, stride: number): Block {
  const middle = middleWidth(input, output); // the same for both pairs of a block
  const pair = (conv: string, input: number, stride: number): Convolution[] => [
    {
      name: `${name}.${conv}.0.0`,
      norm: `${name}.${conv}.0.1`,
      size: [1, 3, 3],
      stride: [EVERY, stride],
      input,
      output: middle,
    },
    {
      name: `${name}.${conv}.0.3`,
      norm: `${name}.${conv}.1`,
      size: [3, 1, 1],
      stride: [stride, EVERY],
      input: middle,
      output,
    },
  ];
  const convolutions = [...pair("conv1", input, stride), ...pair("conv2", output, EVERY)];
  if (stride === EVERY) return { convolutions };
  const shortcut: Convolution = {
    name: `${name}.downsample.0`,
    norm: `${name}.downsample.1`,
    size: [1, 1, 1],
    stride: [stride, stride],
    input,
    output,
  };
  return { convolutions, shortcut };
}

/** Every convolution of the network, in torchvision's order. */
export function r2plus1dConvolutions(): Convolution[] {
  return [
    ...stem,
    ...blocks.flatMap(({ convolutions, shortcut }) => shortcut ? [...convolutions, shortcut] : convolutions),
  ];
}
