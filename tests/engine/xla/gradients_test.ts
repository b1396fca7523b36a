/** Gradients on xla: against tfjs `cpu`, and against finite differences. */
import { findPlugin } from "../../../src/engine/install.ts";
import { tf, useEngine } from "../../../src/engine/mod.ts";
import { assertGradient } from "../finite_differences.ts";
import { assertParity } from "../kernel_table.ts";
import { differences } from "../rows/differences.ts";
import { gradientCases } from "../rows/gradients.ts";

const ignore = !findPlugin();
if (!ignore) await useEngine("xla");

for (const kernel of new Set(gradientCases.map((c) => c.kernel))) {
  Deno.test({
    name: `the gradient through ${kernel} on xla agrees with cpu`,
    ignore,
    fn: async () => {
      for (const c of gradientCases.filter((c) => c.kernel === kernel)) await assertParity("xla", c);
    },
  });
}

for (const [name, difference] of Object.entries(differences)) {
  Deno.test({
    name: `the gradient of ${name} on xla agrees with finite differences`,
    ignore,
    fn: async () => {
      await tf.setBackend("xla");
      assertGradient(name, difference);
    },
  });
}
