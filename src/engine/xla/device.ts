/**
 * A device that compiles StableHLO and runs it: the few PJRT calls that the engine needs, with their ownership rules.
 *
 * Whoever receives a buffer or a program owns it and frees it; `counts` says what is alive.
 */
import { fail } from "../../base/errors.ts";
import { encodeCompileOptions, type Flags, flagsVariable, parseFlags } from "./options.ts";
import { openPlugin, type Plugin, readBytes, readPointers, readText, XlaError } from "./pjrt.ts";
import { bufferTypes, pointerTo, struct } from "./structs.ts";

/** Element types as StableHLO writes them; tfjs's float32, int32 and bool. */
export type ElementType = keyof typeof bufferTypes;
export interface TensorType {
  shape: number[];
  element: ElementType;
}
export type HostArray = Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer> | Uint8Array<ArrayBuffer>;

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
  flags: Flags;
  /** The same and all else that programs are compiled with, as the plugin takes it. */
  compileOptions: Uint8Array;
  counts: { buffers: number; bytes: number; programs: number };
  upload(values: HostArray, type: TensorType): DeviceBuffer;
  download(buffer: DeviceBuffer, type: TensorType): HostArray;
  downloadAsync(buffer: DeviceBuffer, type: TensorType): Promise<HostArray>;
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
  freeBuffer(buffer: DeviceBuffer): void;
  freeProgram(program: Executable): void;
}

export const elementCount = (shape: number[]) => shape.reduce((a, b) => a * b, 1);
const byteCount = ({ shape, element }: TensorType) => elementCount(shape) * (element === "i1" ? 1 : 4);

/** An empty host array that can hold a tensor of this type. */
export function hostArray({ shape, element }: TensorType): HostArray {
  const n = elementCount(shape);
  return element === "f32" ? new Float32Array(n) : element === "i32" ? new Int32Array(n) : new Uint8Array(n);
}

/**
 * Flags that every program of a platform is compiled with. The CPU plugin's minimum and maximum lose NaN by default, so
 * that a broken value could pass unseen.
 */
function platformFlags(platform: string): Flags {
  return platform === "cpu" ? { xla_cpu_enable_fast_min_max: false } : {};
}

/** Opens the first device of a plugin. */
export function openDevice(path: string): Device {
  const plugin = openPlugin(path);
  const creation = struct("PJRT_Client_Create_Args");
  plugin.call("PJRT_Client_Create", creation);
  const client = creation.get("client");
  const platform = struct("PJRT_Client_PlatformName_Args", { client });
  plugin.call("PJRT_Client_PlatformName", platform);
  const version = struct("PJRT_Client_PlatformVersion_Args", { client });
  plugin.call("PJRT_Client_PlatformVersion", version);
  const list = struct("PJRT_Client_AddressableDevices_Args", { client });
  plugin.call("PJRT_Client_AddressableDevices", list);
  const devices = readPointers(list.get("addressable_devices"), Number(list.get("num_addressable_devices")));
  const device = devices[0] ?? fail(`The XLA plugin ${path} offers no device.`);
  const platformName = readText(platform.get("platform_name"), platform.get("platform_name_size"));
  const flags = { ...platformFlags(platformName), ...parseFlags(Deno.env.get(flagsVariable) ?? "") };
  const compileOptions = encodeCompileOptions(flags);
  const counts = { buffers: 0, bytes: 0, programs: 0 };

  /** Waits for an event and frees it. */
  function settle(event: bigint): void {
    if (event === 0n) return;
    try {
      plugin.call("PJRT_Event_Await", struct("PJRT_Event_Await_Args", { event }));
    } finally {
      plugin.call("PJRT_Event_Destroy", struct("PJRT_Event_Destroy_Args", { event }));
    }
  }
  function own(handle: bigint, type: TensorType): DeviceBuffer {
    counts.buffers++;
    counts.bytes += byteCount(type);
    return { handle, bytes: byteCount(type) };
  }

  function upload(values: HostArray, type: TensorType): DeviceBuffer {
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
    plugin.call("PJRT_Client_BufferFromHostBuffer", args);
    settle(args.get("done_with_host_buffer"));
    return own(args.get("buffer"), type);
  }

  /** Starts a copy to the host; the event it returns must be settled before the array is read. */
  function startDownload(buffer: DeviceBuffer, type: TensorType): { values: HostArray; event: bigint } {
    const values = hostArray(type);
    const args = struct("PJRT_Buffer_ToHostBuffer_Args", {
      src: buffer.handle,
      dst: values,
      dst_size: values.byteLength,
    });
    plugin.call("PJRT_Buffer_ToHostBuffer", args);
    return { values, event: args.get("event") };
  }
  function download(buffer: DeviceBuffer, type: TensorType): HostArray {
    if (byteCount(type) === 0) return hostArray(type);
    const { values, event } = startDownload(buffer, type);
    settle(event);
    return values;
  }
  async function downloadAsync(buffer: DeviceBuffer, type: TensorType): Promise<HostArray> {
    if (byteCount(type) === 0) return hostArray(type);
    const { values, event } = startDownload(buffer, type);
    try {
      await plugin.callAsync("PJRT_Event_Await", struct("PJRT_Event_Await_Args", { event }));
    } finally {
      plugin.call("PJRT_Event_Destroy", struct("PJRT_Event_Destroy_Args", { event }));
    }
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
    try {
      plugin.call("PJRT_Client_Compile", args);
    } catch (error) {
      if (error instanceof XlaError) throw new XlaError(`XLA could not compile a program: ${error.message}`);
      throw error;
    }
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
    const inputLists = pointerTo(inputList);
    const outputLists = pointerTo(outputList);
    plugin.call(
      "PJRT_LoadedExecutable_Execute",
      struct("PJRT_LoadedExecutable_Execute_Args", {
        executable: program.handle,
        options,
        argument_lists: inputLists,
        num_devices: 1,
        num_args: inputs.length,
        output_lists: outputLists,
      }),
    );
    return program.outputs.map((type, i) => own(outputList[i]!, type));
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

  return {
    platform: platformName,
    version: readText(version.get("platform_version"), version.get("platform_version_size")),
    names: devices.map((handle) => deviceName(plugin, handle)),
    plugin,
    flags,
    compileOptions,
    counts,
    upload,
    download,
    downloadAsync,
    compile,
    serialize,
    load,
    execute,
    freeBuffer,
    freeProgram,
  };
}

function deviceName(plugin: Plugin, device: bigint): string {
  const description = struct("PJRT_Device_GetDescription_Args", { device });
  plugin.call("PJRT_Device_GetDescription", description);
  const text = struct("PJRT_DeviceDescription_ToString_Args", {
    device_description: description.get("device_description"),
  });
  plugin.call("PJRT_DeviceDescription_ToString", text);
  return readText(text.get("to_string"), text.get("to_string_size"));
}
