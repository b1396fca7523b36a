/**
 * The one place that imports tfjs. Model code writes `import { tf } from "./mod.ts"`.
 * The umbrella package is needed rather than tfjs-core, which does not register the gradients.
 */
import * as tf from "@tensorflow/tfjs";

// Silences the banner that recommends another package on first use of the CPU back end.
tf.enableProdMode();

export { tf };
export type Tensor = tf.Tensor;
/** Named tensors, e.g. `generator.up1.conv.kernel`; what a checkpoint holds and a compiled step carries along. */
export type State = Record<string, tf.Tensor>;
/** What goes into and comes out of a compiled function: tensors in plain records and lists. */
export type Tree = tf.Tensor | { [key: string]: Tree } | Tree[];
