/** Gradients on `cpu`, tfjs's own with those that the kit puts right, against finite differences. */
import { tf } from "../../../src/engine/mod.ts";
import { assertGradient } from "../finite_differences.ts";
import { differences } from "../rows/differences.ts";

for (const [name, difference] of Object.entries(differences)) {
  if (difference.not?.includes("cpu")) continue;
  Deno.test(`the gradient of ${name} on cpu agrees with finite differences`, async () => {
    await tf.setBackend("cpu");
    assertGradient(name, difference);
  });
}
