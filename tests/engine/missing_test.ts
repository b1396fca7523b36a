/** A kernel that an engine lacks: the error, and the table of what there is. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { UserError } from "../../src/base/errors.ts";
import { findPlugin } from "../../src/engine/install.ts";
import { kernelTable, tf, useEngine } from "../../src/engine/mod.ts";

const ignore = !findPlugin();
if (!ignore) await useEngine("xla");

/** A caller's function; the error shows the line of its op. */
function unwise() {
  return tf.unique(tf.tensor1d([1, 1, 2]));
}

Deno.test({
  name: "a missing kernel is one error that names it, its reason, and where it was called",
  ignore,
  fn: async () => {
    await tf.setBackend("xla");
    const error = assertThrows(unwise, UserError);
    assert(error.message.startsWith("The xla engine has no kernel Unique: the result's shape would depend on values."));
    // The op's own line first, then the line that called it; nothing of tfjs or the engine.
    assert(/called at tests\/engine\/missing_test\.ts:12, from/.test(error.message), error.message);
    assert(!/node_modules|src\/engine/.test(error.message), error.message);
    const multinomial = () => tf.multinomial(tf.tensor1d([0.1, 0.9]), 2);
    assertThrows(multinomial, UserError, "draw them outside and pass them as a tensor");
  },
});

Deno.test("wasm refuses by name as well", async () => {
  await useEngine("wasm");
  assertThrows(() => tf.fft(tf.complex([1], [0])), UserError, "The wasm engine has no kernel Complex");
});

Deno.test("kernelTable() says of each engine what is native, composed and missing", () => {
  const rows = new Map(kernelTable().map((row) => [row.kernel, row]));
  assertEquals(rows.get("Conv2D"), {
    kernel: "Conv2D",
    engines: { xla: "native", wasm: "native", cpu: "native" },
    gradient: true,
  });
  assertEquals(rows.get("Conv2DBackpropFilter")!.engines.wasm, "composed");
  assertEquals(rows.get("Einsum")!.engines.xla, "composed");
  assertEquals(rows.get("Unique")!.engines.xla, "missing");
  assertEquals(rows.get("Unique")!.reason, "the result's shape would depend on values");
});

Deno.test("xla has every kernel with a gradient that works on real numbers, but morphology", () => {
  const lacking = kernelTable().filter(({ engines, gradient }) => gradient && engines.xla === "missing");
  assertEquals(lacking.map(({ kernel }) => kernel), ["ComplexAbs", "Dilation2D"]);
});
