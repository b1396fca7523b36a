/** The XLA engine: opens the plugin, registers the tfjs backend `xla`. */
import { refuseMissing } from "../missing.ts";
import { tf } from "../tf.ts";
import { XlaBackend } from "./backend.ts";
import { openDevice } from "./device.ts";
import "./kernels/mod.ts";
import { lowerConvolutions } from "./lowering/convolution.ts";
import { lowerProducts } from "./lowering/matmul.ts";

export { jitXla } from "./trace.ts";
export { compileListeners, type CompileReport } from "./trace.ts";
export { statistics } from "./program.ts";

let backend: XlaBackend | undefined;

/** Makes `xla` the tfjs backend; the plugin is opened once. */
export async function startXla(pluginPath: string): Promise<XlaBackend> {
  if (!backend) {
    backend = new XlaBackend(openDevice(pluginPath));
    const lowering = backend.device.platform === "cpu" ? "by shape" : "never";
    lowerConvolutions(lowering);
    lowerProducts(lowering);
    tf.registerBackend("xla", () => backend!);
    refuseMissing("xla");
  }
  await tf.setBackend("xla");
  return backend;
}
