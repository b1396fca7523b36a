/** Finding and installing the plugins of the xla engine and TensorFlow: public surface of `install/`. */
export { findGpu, type Gpu } from "./install/gpu.ts";
export { type InstallOptions, output, requirementsPath, whatPythonLacks } from "./install/pip.ts";
export {
  findPlugin,
  type Installation,
  installPlugin,
  type Plugin,
  type PluginKind,
  type PluginName,
  plugins,
  pluginVariable,
  suitable,
  unsupported,
} from "./install/plugin.ts";
export { findTensorflow, installTensorflow, type Tensorflow, tensorflowSize } from "./install/tensorflow.ts";
