/**
 * A device that compiles and runs StableHLO: the PJRT calls that the engine needs.
 *
 * The caller owns every buffer and program that is returned, and must free it; `counts` has the numbers of live
 * objects.
 */
import { type DeviceChoice, openClient } from "./client.ts";
import { eventsOf } from "./events.ts";
import { explain } from "./failures.ts";
import {
  encodeCompileOptions,
  type Flags,
  flagsVariable,
  type Numerics,
  parseFlags,
  platformFlags,
  toolFlags,
} from "./options.ts";
import { openPlugin, type Plugin, readBytes } from "./plugin.ts";
import { bufferTypes, pointerTo, struct } from "./structs.ts";
import { byteCount, type DeviceArray, hostArray, type TensorType } from "./tensors.ts";

/** A value on the device. */
export interface DeviceBuffer {
  handle: bigint;
  bytes: number;
}
/** A compiled program. */
export interface Executable {
  handle: bigint;
  outputs: TensorType[];
  /** Whether it was loaded from disk instead of compiled. */
  loaded?: boolean;
}

export interface Device {
  platform: string;
  version: string;
  names: string[];
  plugin: Plugin;
  /** XLA's flags for compilation. */
  readonly flags: Flags;
  /** All compile options including the flags, as encoded for the plugin. */
  readonly compileOptions: Uint8Array;
  /** Sets the numerics of programs compiled later. @throws UserError when the plugin does not know a flag. */
  configure(numerics: Numerics): void;
  counts: { buffers: number; bytes: number; programs: number };
  upload(values: DeviceArray, type: TensorType): DeviceBuffer;
  download(buffer: DeviceBuffer, type: TensorType): DeviceArray;
  downloadAsync(buffer: DeviceBuffer, type: TensorType): Promise<DeviceArray>;
  compile(module: string, outputs: TensorType[]): Executable;
  /**
   * The machine code of a program compiled in this process, for {@link Device.load} with the same plugin and the same
   * kind of device. The CPU plugin serialises a loaded program incompletely, which is therefore an error.
   */
  serialize(program: Executable): Uint8Array<ArrayBuffer>;
  /** Loads the result of `serialize`. @throws XlaError when the plugin rejects it. */
  load(code: Uint8Array<ArrayBuffer>, outputs: TensorType[]): Executable;
  /** Starts a program without waiting for it. `keep` lists inputs that must not be donated in this call. */
  execute(program: Executable, inputs: DeviceBuffer[], keep?: number[]): DeviceBuffer[];
  /** Waits until no program runs. An error of a program is thrown when its results are read. */
  finish(): void;
  freeBuffer(buffer: DeviceBuffer): void;
  freeProgram(program: Executable): void;
}

/** A trivial program, to test compile options. */
const emptyResult: TensorType = { shape: [], element: "f32" };
const emptyProgram = `func.func @main() -> tensor<f32> {
  %0 = stablehlo.constant dense<0.0> : tensor<f32>
  return %0 : tensor<f32>
}`;

/** Device and numerics. */
export interface DeviceSettings extends DeviceChoice, Numerics {}

/** The plugin's first device, float32, deterministic; the memory fraction is XLA's default. */
export const defaultSettings: DeviceSettings = {
  device: "auto",
  memory: 0.75,
  precision: "float32",
  deterministic: true,
};

/**
 * Opens a device of a plugin.
 *
 * @throws UserError when the plugin does not load, the device does not exist, or a flag is unknown to the plugin.
 */
export function openDevice(path: string, settings = defaultSettings): Device {
  const plugin = openPlugin(path);
  const { client, device, platform, version, names } = openClient(plugin, settings);
  let flags: Flags = {};
  let compileOptions = encodeCompileOptions(flags);
  const events = eventsOf(plugin);
  const counts = { buffers: 0, bytes: 0, programs: 0 };

  const explained = (error: unknown, doing: string, asked?: number) =>
    explain(error, doing, { platform, bytes: counts.bytes, memory: settings.memory }, asked);
  /** Calls a function of XLA; its errors are explained where the user can act. */
  function attempt<T>(doing: string, call: () => T, asked?: number): T {
    try {
      return call();
    } catch (error) {
      throw explained(error, doing, asked);
    }
  }

  function configure(numerics: Numerics): void {
    const own = parseFlags(Deno.env.get(flagsVariable) ?? "");
    flags = { ...platformFlags(platform, numerics), ...own };
    compileOptions = encodeCompileOptions({ ...(platform === "cpu" ? {} : toolFlags(path)), ...flags });
    // Compiling once reveals unknown flags now, and not at the first step of a run.
    if (platform !== "cpu" || Object.keys(own).length > 0) freeProgram(compile(emptyProgram, [emptyResult]));
  }

  // The process must not end while a program runs, because the library would be unloaded during its execution.
  globalThis.addEventListener("unload", events.finish);

  function owned(handle: bigint, type: TensorType): DeviceBuffer {
    counts.buffers++;
    counts.bytes += byteCount(type);
    return { handle, bytes: byteCount(type) };
  }

  function upload(values: DeviceArray, type: TensorType): DeviceBuffer {
    const dims = BigInt64Array.from(type.shape, BigInt);
    const args = struct("PJRT_Client_BufferFromHostBuffer_Args", {
      client,
      data: values,
      type: bufferTypes[type.element],
      dims,
      num_dims: dims.length,
      host_buffer_semantics: 0, // the values are copied before the call returns
      device,
    });
    attempt("hold a tensor", () => {
      plugin.call("PJRT_Client_BufferFromHostBuffer", args);
      events.settle(args.get("done_with_host_buffer"));
    }, byteCount(type));
    return owned(args.get("buffer"), type);
  }

  /** Starts a copy to the host; its event must be settled before the array is read. */
  function startDownload(buffer: DeviceBuffer, type: TensorType): { values: DeviceArray; event: bigint } {
    const values = hostArray(type);
    const args = struct("PJRT_Buffer_ToHostBuffer_Args", {
      src: buffer.handle,
      dst: values,
      dst_size: values.byteLength,
    });
    plugin.call("PJRT_Buffer_ToHostBuffer", args);
    return { values, event: args.get("event") };
  }
  function download(buffer: DeviceBuffer, type: TensorType): DeviceArray {
    if (byteCount(type) === 0) return hostArray(type);
    return attempt("run a program", () => {
      const { values, event } = startDownload(buffer, type);
      events.settle(event);
      return values;
    });
  }
  async function downloadAsync(buffer: DeviceBuffer, type: TensorType): Promise<DeviceArray> {
    if (byteCount(type) === 0) return hostArray(type);
    const { values, event } = startDownload(buffer, type);
    await events.settleAsync(event).catch((error: unknown) => {
      throw explained(error, "run a program");
    });
    return values;
  }

  function compile(module: string, outputs: TensorType[]): Executable {
    // The parser reads one character beyond the end, which must be zero.
    const code = new TextEncoder().encode(module + "\0");
    const format = new TextEncoder().encode("mlir");
    const program = struct("PJRT_Program", {
      code,
      code_size: code.length - 1,
      format,
      format_size: format.length,
    });
    const args = struct("PJRT_Client_Compile_Args", {
      client,
      program,
      compile_options: compileOptions,
      compile_options_size: compileOptions.length,
    });
    attempt("compile a program", () => plugin.call("PJRT_Client_Compile", args));
    counts.programs++;
    return { handle: args.get("executable"), outputs };
  }

  function serialize(program: Executable): Uint8Array<ArrayBuffer> {
    if (program.loaded) throw new Error("Only a program that was compiled in this process can be serialised");
    const loaded = struct("PJRT_LoadedExecutable_GetExecutable_Args", { loaded_executable: program.handle });
    plugin.call("PJRT_LoadedExecutable_GetExecutable", loaded);
    const executable = loaded.get("executable");
    try {
      const args = struct("PJRT_Executable_Serialize_Args", { executable });
      plugin.call("PJRT_Executable_Serialize", args);
      const code = readBytes(args.get("serialized_bytes"), args.get("serialized_bytes_size"));
      plugin.free(args.get("serialized_executable_deleter"), args.get("serialized_executable"));
      return code;
    } finally {
      plugin.call("PJRT_Executable_Destroy", struct("PJRT_Executable_Destroy_Args", { executable }));
    }
  }

  function load(code: Uint8Array<ArrayBuffer>, outputs: TensorType[]): Executable {
    const args = struct("PJRT_Executable_DeserializeAndLoad_Args", {
      client,
      serialized_executable: code,
      serialized_executable_size: code.length,
    });
    plugin.call("PJRT_Executable_DeserializeAndLoad", args);
    counts.programs++;
    return { handle: args.get("loaded_executable"), outputs, loaded: true };
  }

  function execute(program: Executable, inputs: DeviceBuffer[], keep: number[] = []): DeviceBuffer[] {
    const inputList = BigUint64Array.from(inputs, (buffer) => buffer.handle);
    const outputList = new BigUint64Array(program.outputs.length);
    const keepList = BigInt64Array.from(keep, BigInt);
    const options = struct("PJRT_ExecuteOptions", {
      non_donatable_input_indices: keepList,
      num_non_donatable_input_indices: keepList.length,
    });
    const completed = new BigUint64Array(1);
    const inputLists = pointerTo(inputList);
    const outputLists = pointerTo(outputList);
    const args = struct("PJRT_LoadedExecutable_Execute_Args", {
      executable: program.handle,
      options,
      argument_lists: inputLists,
      num_devices: 1,
      num_args: inputs.length,
      output_lists: outputLists,
      device_complete_events: completed,
    });
    attempt("run a program", () => plugin.call("PJRT_LoadedExecutable_Execute", args));
    events.started(completed[0]!);
    return program.outputs.map((type, i) => owned(outputList[i]!, type));
  }

  function freeBuffer(buffer: DeviceBuffer): void {
    plugin.call("PJRT_Buffer_Destroy", struct("PJRT_Buffer_Destroy_Args", { buffer: buffer.handle }));
    counts.buffers--;
    counts.bytes -= buffer.bytes;
  }
  function freeProgram(program: Executable): void {
    plugin.call(
      "PJRT_LoadedExecutable_Destroy",
      struct("PJRT_LoadedExecutable_Destroy_Args", { executable: program.handle }),
    );
    counts.programs--;
  }

  configure(settings);
  return {
    platform,
    version,
    names,
    plugin,
    get compileOptions() {
      return compileOptions;
    },
    counts,
    get flags() {
      return flags;
    },
    configure,
    upload,
    download,
    downloadAsync,
    compile,
    serialize,
    load,
    execute,
    finish: events.finish,
    freeBuffer,
    freeProgram,
  };
}
