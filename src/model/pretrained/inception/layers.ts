/**
 * Inception v3 (Szegedy et al., 2016) as plain data: its layers in order, under torchvision's names.
 *
 * Parameters and forward pass derive from this one description. Spatial sizes are those of 299×299 pixels.
 */

/**
 * The variant of the network that the weights belong to.
 *
 * - `imagenet`: torchvision's `inception_v3`.
 * - `fid`: the network behind published FIDs (TensorFlow's graph of 2015-12-05, in PyTorch by pytorch-fid). Its
 *   averages leave the padding out, and the last block has a maximum instead of an average.
 * - `keras`: Keras' InceptionV3, of which npm's `nsfwjs` has weights. Its averages leave the padding out.
 */
export type InceptionVariant = "imagenet" | "fid" | "keras";

/** A step of the network. */
export type Layer = Convolution | Pooling | Branches;

/** A convolution with its BatchNorm and ReLU. */
export interface Convolution {
  kind: "convolution";
  /** The layer's name at torchvision, e.g. `Mixed_5b.branch1x1`. */
  name: string;
  /** Filters. */
  output: number;
  /** Height and width of the window. */
  size: [number, number];
  stride: 1 | 2;
  pad: "same" | "valid";
}

/** A 3×3 window, at stride 1 with a border of one and at stride 2 without. */
export interface Pooling {
  kind: "pooling";
  /** `average` is over the pixels of the map, `padded average` counts the border as zeros. */
  of: "maximum" | "average" | "padded average";
  stride: 1 | 2;
}

/** Sequences with the same input; their channels are concatenated in this order. */
export interface Branches {
  kind: "branches";
  branches: Layer[][];
}

const conv = (name: string, output: number, height = 1, width = height): Convolution => //
({ kind: "convolution", name, output, size: [height, width], stride: 1, pad: "same" });
/** Without a border. */
const inner = (name: string, output: number, size: number, stride: 1 | 2): Convolution => //
({ kind: "convolution", name, output, size: [size, size], stride, pad: "valid" });
const pool = (of: Pooling["of"], stride: 1 | 2): Pooling => ({ kind: "pooling", of, stride });
const join = (...branches: Layer[][]): Branches => ({ kind: "branches", branches });

/** 35×35, torchvision's InceptionA. */
function mixed5(name: string, pooled: number, average: Pooling): Layer {
  const c = (branch: string, output: number, size?: number) => conv(`${name}.branch${branch}`, output, size);
  return join(
    [c("1x1", 64)],
    [c("5x5_1", 48), c("5x5_2", 64, 5)],
    [c("3x3dbl_1", 64), c("3x3dbl_2", 96, 3), c("3x3dbl_3", 96, 3)],
    [average, c("_pool", pooled)],
  );
}

/** 35×35 → 17×17, torchvision's InceptionB. */
function mixed6a(name: string): Layer {
  return join(
    [inner(`${name}.branch3x3`, 384, 3, 2)],
    [
      conv(`${name}.branch3x3dbl_1`, 64),
      conv(`${name}.branch3x3dbl_2`, 96, 3),
      inner(`${name}.branch3x3dbl_3`, 96, 3, 2),
    ],
    [pool("maximum", 2)],
  );
}

/** 17×17 with 7×7 windows split into rows and columns, torchvision's InceptionC. */
function mixed6(name: string, inside: number, average: Pooling): Layer {
  const c = (branch: string, output: number, height?: number, width?: number) =>
    conv(`${name}.branch${branch}`, output, height, width);
  return join(
    [c("1x1", 192)],
    [c("7x7_1", inside), c("7x7_2", inside, 1, 7), c("7x7_3", 192, 7, 1)],
    [
      c("7x7dbl_1", inside),
      c("7x7dbl_2", inside, 7, 1),
      c("7x7dbl_3", inside, 1, 7),
      c("7x7dbl_4", inside, 7, 1),
      c("7x7dbl_5", 192, 1, 7),
    ],
    [average, c("_pool", 192)],
  );
}

/** 17×17 → 8×8, torchvision's InceptionD. */
function mixed7a(name: string): Layer {
  return join(
    [conv(`${name}.branch3x3_1`, 192), inner(`${name}.branch3x3_2`, 320, 3, 2)],
    [
      conv(`${name}.branch7x7x3_1`, 192),
      conv(`${name}.branch7x7x3_2`, 192, 1, 7),
      conv(`${name}.branch7x7x3_3`, 192, 7, 1),
      inner(`${name}.branch7x7x3_4`, 192, 3, 2),
    ],
    [pool("maximum", 2)],
  );
}

/** 8×8 with rows and columns side by side, torchvision's InceptionE. */
function mixed7(name: string, pooling: Pooling): Layer {
  const c = (branch: string, output: number, height?: number, width?: number) =>
    conv(`${name}.branch${branch}`, output, height, width);
  return join(
    [c("1x1", 320)],
    [c("3x3_1", 384), join([c("3x3_2a", 384, 1, 3)], [c("3x3_2b", 384, 3, 1)])],
    [
      c("3x3dbl_1", 448),
      c("3x3dbl_2", 384, 3),
      join([c("3x3dbl_3a", 384, 1, 3)], [c("3x3dbl_3b", 384, 3, 1)]),
    ],
    [pooling, c("_pool", 192)],
  );
}

/** The network up to its last map, in two parts: 3 channels to 768 at 17×17, and from there to 2048 at 8×8. */
export function inceptionLayers(variant: InceptionVariant): { regions: Layer[]; rest: Layer[] } {
  const average = pool(variant === "imagenet" ? "padded average" : "average", 1);
  return {
    regions: [
      inner("Conv2d_1a_3x3", 32, 3, 2), // 149×149
      inner("Conv2d_2a_3x3", 32, 3, 1), // 147×147
      conv("Conv2d_2b_3x3", 64, 3),
      pool("maximum", 2), // 73×73
      conv("Conv2d_3b_1x1", 80),
      inner("Conv2d_4a_3x3", 192, 3, 1), // 71×71
      pool("maximum", 2), // 35×35
      mixed5("Mixed_5b", 32, average), // 256 channels
      mixed5("Mixed_5c", 64, average), // 288
      mixed5("Mixed_5d", 64, average),
      mixed6a("Mixed_6a"), // 768 at 17×17
      mixed6("Mixed_6b", 128, average),
      mixed6("Mixed_6c", 160, average),
      mixed6("Mixed_6d", 160, average),
      mixed6("Mixed_6e", 192, average),
    ],
    rest: [
      mixed7a("Mixed_7a"), // 1280 at 8×8
      mixed7("Mixed_7b", average), // 2048
      mixed7("Mixed_7c", variant === "fid" ? pool("maximum", 1) : average),
    ],
  };
}

/** A convolution's name and the shape of its kernel [h, w, I, O]. */
export interface ConvolutionShape {
  name: string;
  kernel: [number, number, number, number];
}

/** Every convolution of the network, in order. */
export function inceptionConvolutions(): ConvolutionShape[] {
  const { regions, rest } = inceptionLayers("imagenet"); // all variants have the same convolutions
  const found: ConvolutionShape[] = [];
  follow([...regions, ...rest], 3, found);
  return found;
}

/** Adds the convolutions of a sequence with `channels` input channels to `found`. Returns its output channels. */
function follow(layers: Layer[], channels: number, found: ConvolutionShape[]): number {
  for (const layer of layers) {
    if (layer.kind === "convolution") {
      found.push({ name: layer.name, kernel: [...layer.size, channels, layer.output] });
      channels = layer.output;
    } else if (layer.kind === "branches") {
      const input = channels;
      channels = layer.branches.reduce((sum, branch) => sum + follow(branch, input, found), 0);
    }
  }
  return channels;
}
