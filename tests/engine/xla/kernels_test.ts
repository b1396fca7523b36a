/** Every kernel of the backend `xla` against tfjs `cpu`. */
import { assertEquals } from "@std/assert";
import { findPlugin } from "../../../src/engine/install.ts";
import { kernelNames, kernelStatus } from "../../../src/engine/kernel_status.ts";
import { useEngine } from "../../../src/engine/mod.ts";
import { assertParity } from "../kernel_table.ts";
import { composedCases } from "../rows/composed.ts";
import { elementwiseCases } from "../rows/elementwise.ts";
import { linearCases } from "../rows/linear.ts";
import { lookupCases } from "../rows/lookup.ts";
import { lstmCases } from "../rows/lstm.ts";
import { poolingCases } from "../rows/pooling.ts";
import { reductionCases } from "../rows/reduction.ts";
import { shapeCases } from "../rows/shape.ts";
import { volumeCases } from "../rows/volumes.ts";

const ignore = !findPlugin();
if (!ignore) await useEngine("xla");

const cases = [
  ...elementwiseCases,
  ...shapeCases,
  ...lookupCases,
  ...reductionCases,
  ...linearCases,
  ...volumeCases,
  ...poolingCases,
  ...composedCases,
  ...lstmCases,
];
const kernels = kernelNames(["xla"]).filter((name) => kernelStatus("xla", name) !== "missing");

Deno.test("the parity table has cases for every kernel registered for xla", () => {
  const covered = new Set(cases.map(({ kernel }) => kernel));
  assertEquals(kernels.filter((name) => !covered.has(name)), []);
});

for (const kernel of kernels) {
  Deno.test({
    name: `${kernel} on xla agrees with cpu`,
    ignore,
    fn: async () => {
      for (const c of cases.filter((c) => c.kernel === kernel)) await assertParity("xla", c);
    },
  });
}
