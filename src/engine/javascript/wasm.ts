/** The wasm engine of tfjs, for machines without a native engine. */
import { setThreadsCount, setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import { refuseMissing } from "../missing.ts";
import { tf } from "../tf.ts";

/** Makes `wasm` the tfjs backend. */
export async function startWasm(threads: number): Promise<void> {
  const entry = import.meta.resolve("@tensorflow/tfjs-backend-wasm");
  setWasmPaths(new URL(".", entry).pathname);
  setThreadsCount(threads);
  refuseMissing("wasm");
  await tf.setBackend("wasm");
}
