/** `deno task engine`: the table as text. */
import { assert, assertEquals } from "@std/assert";
import { kernelText } from "../../../src/cli/machine/engine.ts";

Deno.test("kernelText() shows one line for each kernel and the totals of each engine", () => {
  const text = kernelText([
    { kernel: "Abs", engines: { xla: "native", cpu: "native" }, gradient: true },
    { kernel: "Unique", engines: { xla: "missing", cpu: "native" }, gradient: false, reason: "its shape" },
  ]);
  assert(/Abs +│ native +│ native +│ yes/.test(text), text);
  assert(/Unique +│ missing +│ native +│ +│ its shape/.test(text), text);
  assertEquals(text.split("\n").slice(-2), [
    "xla: 1 native, 0 composed, 1 missing",
    "cpu: 2 native, 0 composed, 0 missing",
  ]);
});
