/** What the tests of the xla engine share. */
import { findPlugin } from "../../../src/engine/install.ts";
import { type Tensor, tf, useEngine } from "../../../src/engine/mod.ts";
import { statistics } from "../../../src/engine/xla/mod.ts";

export const plugin = findPlugin();
// Once and outside the tests: the plugin stays loaded, which a test would count as a leak.
if (plugin) await useEngine("xla");

/** A test on xla; without a plugin it is left out. */
export function test(name: string, fn: () => void | Promise<void>): void {
  Deno.test({
    name,
    ignore: !plugin,
    fn: async () => {
      await tf.setBackend("xla");
      await fn();
    },
  });
}
interface Memory {
  numTensors: number;
  numDeviceBuffers: number;
  numPrograms: number;
}
export const memory = () => {
  const { numTensors, numDeviceBuffers, numPrograms } = tf.memory() as unknown as Memory;
  return { numTensors, numDeviceBuffers, numPrograms };
};
export const list = (tensor: Tensor) => [...tensor.dataSync()];
/** How many programs were compiled and run by `body`. */
export function counted(body: () => void): { compiled: number; executed: number } {
  const before = { ...statistics };
  body();
  return { compiled: statistics.compiled - before.compiled, executed: statistics.executed - before.executed };
}
