import { assertAlmostEquals, assertGreater } from "@std/assert";
import { tf } from "../../src/engine/mod.ts";
import { accuracy, discriminatorLoss, generatorLoss, klLoss } from "../../src/model/losses.ts";
import { normals, scalarOf } from "./tiny_model.ts";

const logits = tf.tensor1d([-2, 0.5, 3]);
const values = [-2, 0.5, 3];
const mean = (f: (x: number) => number) => values.reduce((sum, x) => sum + f(x), 0) / 3;
const near = (tensor: tf.Tensor, value: number) => assertAlmostEquals(scalarOf(tensor), value, 1e-5);

Deno.test("discriminatorLoss() and generatorLoss() are the cross-entropy of the sigmoid for bce", () => {
  near(discriminatorLoss("bce", logits, true), mean((x) => -Math.log(1 / (1 + Math.exp(-x)))));
  near(discriminatorLoss("bce", logits, false), mean((x) => -Math.log(1 - 1 / (1 + Math.exp(-x)))));
  near(generatorLoss("bce", logits), mean((x) => -Math.log(1 / (1 + Math.exp(-x)))));
});

Deno.test("discriminatorLoss() stays finite for bce where the sigmoid is 0 in float32", () => {
  near(discriminatorLoss("bce", tf.tensor1d([-200]), true), 200);
  near(discriminatorLoss("bce", tf.tensor1d([200]), false), 200);
});

Deno.test("discriminatorLoss() and generatorLoss() have the closed form of hinge", () => {
  near(discriminatorLoss("hinge", logits, true), mean((x) => Math.max(0, 1 - x)));
  near(discriminatorLoss("hinge", logits, false), mean((x) => Math.max(0, 1 + x)));
  near(generatorLoss("hinge", logits), mean((x) => -x));
});

Deno.test("klLoss() has the closed form, is never negative, and 0 at the standard normal", () => {
  near(klLoss(tf.zeros([2, 3]), tf.zeros([2, 3])), 0);
  near(klLoss(tf.tensor2d([[1, 0]]), tf.tensor2d([[0, Math.log(4)]])), (0.5 * 1 + 0.5 * (4 - Math.log(4) - 1)) / 2);
  for (let i = 0; i < 5; i++) {
    assertGreater(scalarOf(klLoss(normals([2, 3], "mean", i), normals([2, 3], "variance", i))), 0);
  }
});

Deno.test("accuracy() counts the logits on the right side of 0", () => {
  near(accuracy(logits, true), 2 / 3);
  near(accuracy(logits, false), 1 / 3);
});
