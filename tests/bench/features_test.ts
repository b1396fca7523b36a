/** Our feature networks agree with PyTorch's. Ignored where the bench's PyTorch is not installed. */
import { assert, assertLess } from "@std/assert";
import { findPlugin } from "../../src/engine/install.ts";
import { useEngine } from "../../src/engine/mod.ts";
import { compared, difference, openOurs, TOLERANCE, torchFeatures, writeInputs } from "./features.ts";
import { findPython } from "./python.ts";

const python = findPython();
for (const name of compared) {
  Deno.test({
    name: `${name} computes the features of PyTorch's network`,
    ignore: !python || !findPlugin(),
    async fn() {
      await useEngine("xla");
      const folder = Deno.makeTempDirSync();
      try {
        const inputs = writeInputs(folder, name, [2, 3, 48, 40]);
        const { compute, dispose } = await openOurs(name, inputs, 2);
        const ours = await compute();
        dispose();
        assertLess(difference(ours, await torchFeatures(python!, name, folder, inputs)), TOLERANCE);
        assert(difference(ours, ours.toReversed()) > 10 * TOLERANCE); // different pictures have different features
      } finally {
        Deno.removeSync(folder, { recursive: true });
      }
    },
  });
}
