/** The engine `tensorflow` against tfjs `cpu`, where TensorFlow is installed: `deno task setup --engine tensorflow`. */
import { assertEquals } from "@std/assert";
import { findTensorflow } from "../../src/engine/install.ts";
import { tf, useEngine } from "../../src/engine/mod.ts";
import { liveTensors } from "../../src/engine/tensorflow/mod.ts";
import { assertParity, type Case } from "./kernel_table.ts";
import { elementwiseCases } from "./rows/elementwise.ts";
import { gradientCases } from "./rows/gradients.ts";
import { linearCases } from "./rows/linear.ts";
import { reductionCases } from "./rows/reduction.ts";
import { shapeCases } from "./rows/shape.ts";

const ignore = !findTensorflow();
if (!ignore) await useEngine("tensorflow");

/**
 * Where tfjs-node itself differs: dtypes that TensorFlow's own kernels refuse or keep, the remainder of what is
 * infinite, and look-ups along the axis -1. No model or metric here asks for them.
 */
const differs: Record<string, string[] | "all"> = {
  BroadcastTo: "all", // tfjs's own op of that name takes Tile
  FloorDiv: "all", // float32 stays float32
  Atan2: ["int32"],
  GatherV2: ["2-D indices, axis -1"],
  Greater: ["bool"],
  GreaterEqual: ["bool"],
  LeakyRelu: ["slope 0.2, int32"],
  Less: ["bool"],
  LessEqual: ["bool"],
  Mod: ["special numbers"],
  Multiply: ["bool"],
  Round: ["int32"],
  Step: ["int32"],
  UnsortedSegmentSum: ["gradient, look-up with repeated indices, axis -1"],
};
const agrees = ({ kernel, label }: Case) => differs[kernel] !== "all" && !differs[kernel]?.includes(label);

const tables = { elementwiseCases, shapeCases, reductionCases, linearCases, gradientCases };
for (const [name, cases] of Object.entries(tables)) {
  Deno.test({
    name: `the ${name} agree on tensorflow and cpu`,
    ignore,
    fn: async () => {
      // tfjs-node says an op's failure in a way that hides which case it was.
      const failed: string[] = [];
      for (const c of cases.filter(agrees)) {
        await assertParity("tensorflow", c).catch((error) => failed.push(`${c.kernel}, ${c.label}: ${error.message}`));
      }
      assertEquals(failed, []);
    },
  });
}

Deno.test({
  name: "the composed kernels on tensorflow leave nothing behind",
  ignore,
  fn: async () => {
    await tf.setBackend("tensorflow");
    const before = [tf.memory().numTensors, liveTensors()];
    tf.tidy(() => {
      const x = tf.ones([2, 5, 5, 3]) as tf.Tensor4D;
      tf.grad((w) => tf.sum(tf.logSoftmax(tf.conv2d(x, w as tf.Tensor4D, 2, 1))))(tf.ones([3, 3, 3, 4]));
    });
    assertEquals([tf.memory().numTensors, liveTensors()], before);
  },
});
