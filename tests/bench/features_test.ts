/** Our feature networks are PyTorch's: both see the same. Ignored where the bench's PyTorch was not set up. */
import { assert, assertLess } from "@std/assert";
import { findPlugin } from "../../src/engine/install.ts";
import { useEngine } from "../../src/engine/mod.ts";
import { compared, difference, seeOurs, seeTorch, TOLERANCE, writeInputs } from "./features.ts";
import { findPython } from "./python.ts";

const python = findPython();
for (const name of compared) {
  Deno.test({
    name: `${name} sees what PyTorch's network does`,
    ignore: !python || !findPlugin(),
    async fn() {
      await useEngine("xla");
      const folder = Deno.makeTempDirSync();
      try {
        const inputs = writeInputs(folder, name, [2, 3, 48, 40]);
        const { see, dispose } = await seeOurs(name, inputs, 2);
        const ours = await see();
        dispose();
        assertLess(difference(ours, await seeTorch(python!, name, folder, inputs)), TOLERANCE);
        assert(difference(ours, ours.toReversed()) > 10 * TOLERANCE); // pictures are told apart
      } finally {
        Deno.removeSync(folder, { recursive: true });
      }
    },
  });
}
