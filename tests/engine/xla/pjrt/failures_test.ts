import { assert, assertEquals, assertInstanceOf, assertStringIncludes } from "@std/assert";
import { UserError } from "../../../../src/base/errors.ts";
import { askedBytes, explain } from "../../../../src/engine/xla/pjrt/failures.ts";
import { XlaError } from "../../../../src/engine/xla/pjrt/plugin.ts";

const gpu = { platform: "cuda", bytes: 1_500_000_000, memory: 0.75 };
const said = (error: unknown, situation = gpu, asked?: number) => {
  const explained = explain(error, "run a program", situation, asked);
  assertInstanceOf(explained, UserError);
  return explained.message;
};

/** XLA's messages from its sources and plugins, with the bytes they name. */
const messages: [string, number | undefined][] = [
  ["Out of memory allocating 40000000000000 bytes.", 4e13],
  ["Out of memory while trying to allocate 34359738368 bytes.", 34359738368],
  ["Failed to allocate request for 2.50GiB (2684354560B) on device ordinal 0", 2684354560],
  ["Out of memory while trying to allocate 2.5GiB.", 2684354560],
  ["Out of memory.", undefined],
];
for (const [message, bytes] of messages) {
  Deno.test(`askedBytes() of "${message}"`, () => assertEquals(askedBytes(message), bytes));
}

Deno.test("explain() says how much memory was asked for, what is in use and what to lower", () => {
  const message = said(new XlaError("Out of memory while trying to allocate 34359738368 bytes.", 8));
  for (const part of ["The GPU", "34.36 GB", "1.50 GB", "train.batch", "preset", "deviceMemory, now 0.75"]) {
    assertStringIncludes(message, part);
  }
  const cpu = said(new XlaError("Out of memory.", 8), { platform: "cpu", bytes: 12, memory: 0.75 }, 2e9);
  for (const part of ["This machine", "2.00 GB", "12 bytes"]) assertStringIncludes(cpu, part);
  assert(!cpu.includes("deviceMemory"));
});

Deno.test("explain() knows memory that ran out by its code or by its words", () => {
  assertStringIncludes(said(new XlaError("no room", 8)), "more was asked for than is left");
  assertStringIncludes(said(new XlaError("INTERNAL: RESOURCE_EXHAUSTED: 5 bytes", 13)), "5 bytes were asked for");
});

Deno.test("explain() names a flag that the plugin does not know, or knows otherwise", () => {
  assertStringIncludes(said(new XlaError("No such compile option: 'xla_q'", 3)), "xla_q; correct STORYLOOM_XLA_FLAGS");
  const own = said(new XlaError("No such compile option: 'xla_gpu_deterministic_ops'", 3));
  assertStringIncludes(own, "deterministic=false");
  const unfit = "While setting option xla_cpu_use_onednn, '3' is not a valid bool value.";
  assertStringIncludes(said(new XlaError(unfit, 3)), "xla_cpu_use_onednn: '3' is not a valid bool value");
});

Deno.test("explain() leaves other errors as they are, XLA's with what was being done", () => {
  const error = new TypeError("x");
  assertEquals(explain(error, "run a program", gpu), error);
  const other = explain(new XlaError("odd", 13), "run a program", gpu) as XlaError;
  assertEquals([other.message, other.code], ["XLA could not run a program: odd", 13]);
});
