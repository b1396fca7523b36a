/** Compiles twelve programs by way of the cache in the folder that is given, and prints their results. */
import { findPlugin } from "../../../../src/engine/install.ts";
import { compileCached } from "../../../../src/engine/xla/programs/cache.ts";
import { openDevice } from "../../../../src/engine/xla/pjrt/device.ts";
import { input, output, programText } from "./cache_programs.ts";

const device = openDevice(findPlugin()!.path);
const cache = { folder: Deno.args[0]!, limit: 1e9, worth: 0 };
for (let i = 0; i < 12; i++) {
  const { program } = compileCached(device, programText(i), [output], cache);
  const [result] = device.execute(program, [device.upload(input(), output)]);
  console.log(String(device.download(result!, output)));
}
