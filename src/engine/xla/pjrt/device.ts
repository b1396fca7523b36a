/**
 * A device that compiles StableHLO and runs it: the few PJRT calls that the engine needs, with their ownership rules.
 *
 * Whoever receives a buffer or a program owns it and frees it; `counts` says what is alive.
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

/** Element types as StableHLO writes them: tfjs's, bfloat16, which stays inside programs, and float64 (float64.ts). */
export type ElementType = keyof typeof bufferTypes;
export interface TensorType {
  shape: number[];
  element: ElementType;
}
/** Values of tfjs's types, and those of all. */
export type HostArray = Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer> | Uint8Array<ArrayBuffer>;
export type DeviceArray = HostArray | Float64Array<ArrayBuffer>;

/** A value on the device. */
export interface DeviceBuffer {
  handle: bigint;
  bytes: number;
}
/** A compiled program. */
export interface Executable {
  handle: bigint;
  outputs: TensorType[];
  /** Whether it was loaded rather than compiled. */
  loaded?: boolean;
}

export interface Device {
  platform: string;
  version: string;
  names: string[];
  plugin: Plugin;
  /** XLA's flags that programs are compiled with. */
  readonly flags: Flags;
  /** The same and all else that programs are compiled with, as the plugin takes it. */
  readonly compileOptions: Uint8Array;
  /** Chooses the numerics of the programs that are compiled from now on; a flag the plugin lacks is a UserError. */
  configure(numerics: Numerics): void;
  counts: { buffers: number; bytes: number; programs: number };
  upload(values: DeviceArray, type: TensorType): DeviceBuffer;
  download(buffer: DeviceBuffer, type: TensorType): DeviceArray;
  downloadAsync(buffer: DeviceBuffer, type: TensorType): Promise<DeviceArray>;
  compile(module: string, outputs: TensorType[]): Executable;
  /**
   * The machine code of a program that was compiled here, for {@link Device.load} with the same plugin on the same kind
   * of device. The CPU plugin gives a loaded program's code in part only, and that would fail when it runs.
   */
  serialize(program: Executable): Uint8Array<ArrayBuffer>;
  /** Brings back what `serialize` gave; throws XlaError where the plugin refuses it. */
  load(code: Uint8Array<ArrayBuffer>, outputs: TensorType[]): Executable;
  /** Starts a program. `keep` lists the inputs whose donation must not happen this time. The call does not wait. */
  execute(program: Executable, inputs: DeviceBuffer[], keep?: number[]): DeviceBuffer[];
  /** Waits until no program runs. One that failed is found out by whoever reads its results: no value leaves otherwise. */
  finish(): void;
  freeBuffer(buffer: DeviceBuffer): void;
  freeProgram(program: Executable): void;
}

export const elementCount = (shape: number[]) => shape.reduce((a, b) => a * b, 1);
const elementBytes = { i1: 1, i32: 4, f32: 4, f64: 8, bf16: 2 };
const byteCount = ({ shape, element }: TensorType) => elementCount(shape) * elementBytes[element];

/** An empty host array that can hold a tensor of this type. */
export function hostArray({ shape, element }: TensorType): DeviceArray {
  const n = elementCount(shape);
  if (element === "f64") return new Float64Array(n);
  return element === "f32" ? new Float32Array(n) : element === "i32" ? new Int32Array(n) : new Uint8Array(n);
}

/** A program that does nothing, to try compile options on. */
const emptyResult: TensorType = { shape: [], element: "f32" };
const emptyProgram = `func.func @main() -> tensor<f32> {
  %0 = stablehlo.constant dense<0.0> : tensor<f32>
  return %0 : tensor<f32>
}`;

/** How a device is opened and what its programs compute with. */
export interface DeviceSettings extends DeviceChoice, Numerics {}

/** The plugin's first device, computing as exactly and as repeatably as it can; XLA's own share of a GPU's memory. */
export const defaultSettings: DeviceSettings = {
  device: "auto",
  memory: 0.75,
  precision: "float32",
  deterministic: true,
};

/** Opens a device of a plugin. */
export function openDevice(path: string, settings = defaultSettings): Device {
  const plugin = openPlugin(path);
  const { client, device, platform, version, names } = openClient(plugin, settings);
  let flags: Flags = {};
  let compileOptions = encodeCompileOptions(flags);
  const events = eventsOf(plugin);
  const counts = { buffers: 0, bytes: 0, programs: 0 };

  const explained = (error: unknown, doing: string, asked?: number) =>
    explain(error, doing, { platform, bytes: counts.bytes, memory: settings.memory }, asked);
  /** Does a piece of XLA's work; what fails is said in the user's words where the user can act. */
  function attempt<T>(doing: string, work: () => T, asked?: number): T {
    try {
      return work();
    } catch (error) {
      throw explained(error, doing, asked);
    }
  }

  function configure(numerics: Numerics): void {
    const own = parseFlags(Deno.env.get(flagsVariable) ?? "");
    flags = { ...platformFlags(platform, numerics), ...own };
    compileOptions = encodeCompileOptions({ ...(platform === "cpu" ? {} : toolFlags(path)), ...flags });
    // A flag that the plugin does not know would else come to light in the middle of a run's start.
    if (platform !== "cpu" || Object.keys(own).length > 0) freeProgram(compile(emptyProgram, [emptyResult]));
  }

  // A process must not end in the middle of a program, e.g. after a step that failed: the library goes while it works.
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

  /** Starts a copy to the host; the event it returns must be settled before the array is read. */
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
    // The parser looks one character past the end, where C's texts have a zero.
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
    if (program.loaded) throw new Error("Only a program that was compiled here can be serialised");
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
