/** The tfjs wasm engine: for machines where nothing native is at hand. */
import { setThreadsCount, setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import { tf } from "../tf.ts";
import "./missing_kernels.ts";

/** Makes `wasm` the tfjs backend. */
export async function startWasm(threads: number): Promise<void> {
  const entry = import.meta.resolve("@tensorflow/tfjs-backend-wasm");
  setWasmPaths(new URL(".", entry).pathname);
  setThreadsCount(threads);
  await tf.setBackend("wasm");
}
