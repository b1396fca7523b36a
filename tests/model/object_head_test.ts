import { tf } from "../../src/engine/mod.ts";
import { assertAlmostEquals, assertEquals } from "@std/assert";
import { initialize } from "../../src/model/parameters.ts";
import { objectHeadParameters, objectLogits, rejectionLoss, targetLoss } from "../../src/model/object_head.ts";
import { freshNet, normals, scalarOf, valuesOf } from "./tiny_model.ts";

Deno.test("objectLogits() is the log-sum-exp of a logit at each position", () => {
  const parameters = objectHeadParameters("head", 2, 3);
  assertEquals(parameters.map(({ name, shape }) => [name, shape]), [["head.places.kernel", [1, 1, 2, 3]], [
    "head.bias",
    [3],
  ]]);
  const map = normals([2, 2, 2, 2], "map");
  const logits = valuesOf(objectLogits(freshNet(parameters, false), "head", map));
  const kernel = valuesOf(initialize(parameters, 1)["head.places.kernel"]!);
  const x = valuesOf(map);
  for (let n = 0; n < 2; n++) {
    for (let k = 0; k < 3; k++) {
      const places = [0, 1, 2, 3].map((p) =>
        x[8 * n + 2 * p]! * kernel[k]! + x[8 * n + 2 * p + 1]! * kernel[3 + k]! - 5
      );
      const expected = Math.log(places.reduce((sum, logit) => sum + Math.exp(logit), 0));
      assertAlmostEquals(logits[3 * n + k]!, expected, 1e-5);
    }
  }
});

Deno.test("targetLoss() is the binary cross entropy of all targets, rejectionLoss() that to 0 of the targets that are 1", () => {
  const [logits, targets] = [[2, -1, 0.5, -3], [1, 0, 1, 1]];
  const entropy = (logit: number, target: number) => -Math.log(1 / (1 + Math.exp(target === 1 ? -logit : logit)));
  const [x, y] = [tf.tensor2d(logits, [2, 2]), tf.tensor2d(targets, [2, 2])];
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value) / values.length;
  assertAlmostEquals(scalarOf(targetLoss(x, y)), mean(logits.map((logit, k) => entropy(logit, targets[k]!))), 1e-6);
  const rejected = mean(logits.map((logit, k) => targets[k] === 1 ? entropy(logit, 0) : 0));
  assertAlmostEquals(scalarOf(rejectionLoss(x, y)), rejected, 1e-6);
});
