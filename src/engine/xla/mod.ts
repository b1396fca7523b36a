/** The xla engine: opens the plugin and registers the tfjs backend `xla`. */
import { refuseMissing } from "../missing.ts";
import { tf } from "../tf.ts";
import { XlaBackend } from "./backend.ts";
import { fail } from "../../base/errors.ts";
import { defaultSettings, type DeviceSettings, openDevice } from "./pjrt/device.ts";
import "./kernels/mod.ts";
import { lowerConvolutions } from "./lowering/convolution.ts";
import { lowerProducts } from "./lowering/matmul.ts";
import { setPrecision } from "./precision.ts";

export { jitXla } from "./trace.ts";
export { compileListeners, type CompileReport } from "./trace.ts";
export { statistics } from "./programs/program.ts";

export { defaultSettings } from "./pjrt/device.ts";

let backend: XlaBackend | undefined;
let opened: DeviceSettings | undefined;

/**
 * Makes `xla` the tfjs backend. A process opens one device; a later call may change the numerics of programs compiled
 * from then on.
 *
 * @throws UserError when the device does not exist, another one is already open, or it does not support the numerics.
 */
export async function startXla(pluginPath: string, settings = defaultSettings): Promise<XlaBackend> {
  if (!backend || !opened) {
    backend = new XlaBackend(openDevice(pluginPath, settings));
    opened = settings;
    const lowering = backend.device.platform === "cpu" ? "by shape" : "never";
    lowerConvolutions(lowering);
    lowerProducts(lowering);
    tf.registerBackend("xla", () => backend!);
    refuseMissing("xla");
  } else if (settings.device !== opened.device || settings.memory !== opened.memory) {
    fail(
      `The xla engine already runs on device=${opened.device} with deviceMemory=${opened.memory}, and a process has ` +
        `one device; start another process for device=${settings.device} with deviceMemory=${settings.memory}.`,
    );
  } else backend.device.configure(settings);
  setPrecision(settings.precision, backend.device.platform);
  await tf.setBackend("xla");
  return backend;
}
