/**
 * The only file that imports tfjs. Model code writes `import { tf } from "./mod.ts"`.
 * It needs the umbrella package, because tfjs-core does not register the gradients.
 */
import * as tf from "@tensorflow/tfjs";

// Suppresses the message that recommends another package when the CPU backend is first used.
tf.enableProdMode();

export { tf };
export type Tensor = tf.Tensor;
/**
 * Named tensors, e.g. `generator.up1.conv.kernel`; the content of a checkpoint, and the train state of a compiled step.
 */
export type State = Record<string, tf.Tensor>;
/** Arguments and results of a compiled function: tensors in plain records and lists. */
export type Tree = tf.Tensor | { [key: string]: Tree } | Tree[];
