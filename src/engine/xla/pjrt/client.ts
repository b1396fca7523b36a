/**
 * Opening the client of a plugin: which device of the machine it uses, and how much of a GPU's memory.
 *
 * Only the chosen GPU is made visible to XLA, which would otherwise allocate memory on every GPU.
 */
import { fail, UserError } from "../../../base/errors.ts";
import { type ClientOptions, namedValues } from "./options.ts";
import { type Plugin, readPointers, readText, XlaError } from "./plugin.ts";
import { struct } from "./structs.ts";

/** The requested device. */
export interface DeviceChoice {
  /** `auto` (the plugin's first), `cpu`, `cuda` (the first GPU) or `cuda:N`. */
  device: string;
  /** Fraction of a GPU's memory that the engine may allocate, 0 to 1; it allocates only as much as it needs. */
  memory: number;
}

/** An open client and its device. */
export interface Client {
  client: bigint;
  device: bigint;
  /** `cpu` or `cuda`. */
  platform: string;
  version: string;
  /** For a CPU the plugin's names of its devices; `cuda:1 NVIDIA H100` for the chosen GPU. */
  names: string[];
}

/**
 * Creates the client for a device.
 *
 * @throws UserError when there is no such device (with a list of those that exist), or none that the plugin can use.
 */
export function openClient(plugin: Plugin, { device: wanted, memory }: DeviceChoice): Client {
  const parts = /^(auto|cpu|cuda)(?::(\d+))?$/.exec(wanted);
  if (!parts || (parts[1] !== "cuda" && parts[2] !== undefined)) {
    fail(`There is no device "${wanted}"; choose auto, cpu, cuda or cuda:N, N counting the GPUs from 0.`);
  }
  const kind = parts[1]!, index = Number(parts[2] ?? 0);
  const client = createFor(plugin, wanted, index, kind === "cpu" ? {} : gpuOptions([index], memory));
  const platform = struct("PJRT_Client_PlatformName_Args", { client });
  plugin.call("PJRT_Client_PlatformName", platform);
  const platformName = readText(platform.get("platform_name"), platform.get("platform_name_size")).toLowerCase();
  if (kind !== "auto" && kind !== platformName) {
    destroy(plugin, client);
    fail(`device=${wanted} is not available: the XLA plugin ${plugin.path} is for ${platformName}; set device=auto.`);
  }
  const version = struct("PJRT_Client_PlatformVersion_Args", { client });
  plugin.call("PJRT_Client_PlatformVersion", version);
  const devices = devicesOf(plugin, client);
  const device = devices[0] ?? fail(`The XLA plugin ${plugin.path} offers no device.`);
  return {
    client,
    device,
    platform: platformName,
    version: readText(version.get("platform_version"), version.get("platform_version_size")),
    names: platformName === "cpu"
      ? devices.map((handle) => describe(plugin, handle).name)
      : [`${platformName}:${index} ${describe(plugin, device).kind}`],
  };
}

const gpuOptions = (devices: number[] | undefined, memory: number): ClientOptions => ({
  ...(devices ? { visible_devices: devices } : {}),
  memory_fraction: memory,
  preallocate: false,
});

function create(plugin: Plugin, options: ClientOptions): bigint {
  const creation = struct("PJRT_Client_Create_Args", {
    create_options: namedValues(options),
    num_options: Object.keys(options).length,
  });
  plugin.call("PJRT_Client_Create", creation);
  return creation.get("client");
}

/** Creates the client. A plugin for CPUs rejects the options of GPUs at once; it is then created without options. */
function createFor(plugin: Plugin, wanted: string, index: number, options: ClientOptions): bigint {
  try {
    return create(plugin, options);
  } catch (error) {
    if (!(error instanceof XlaError)) throw error;
    if (/^Unexpected option name/.test(error.message)) return create(plugin, {});
    const found = Object.keys(options).length > 0 ? listGpus(plugin) : [];
    if (found.length > 0 && index >= found.length) {
      throw new UserError(`There is no device ${wanted}; this machine has ${found.join(", ")}.`, { cause: error });
    }
    const reason = error.message.split("\n")[0]!.replace(/\.$/, "");
    throw new UserError(
      `The XLA plugin ${plugin.path} found no device it can use (${reason}). For a GPU, check that nvidia-smi lists it ` +
        "and that CUDA_VISIBLE_DEVICES does not hide it; without one set device=cpu.",
      { cause: error },
    );
  }
}

/** The GPUs of the machine, listed by a temporary client. */
function listGpus(plugin: Plugin): string[] {
  try {
    const client = create(plugin, gpuOptions(undefined, 0.01));
    try {
      return devicesOf(plugin, client).map((device, i) => `cuda:${i} (${describe(plugin, device).kind})`);
    } finally {
      destroy(plugin, client);
    }
  } catch {
    return [];
  }
}

function destroy(plugin: Plugin, client: bigint): void {
  plugin.call("PJRT_Client_Destroy", struct("PJRT_Client_Destroy_Args", { client }));
}

function devicesOf(plugin: Plugin, client: bigint): bigint[] {
  const list = struct("PJRT_Client_AddressableDevices_Args", { client });
  plugin.call("PJRT_Client_AddressableDevices", list);
  const count = Number(list.get("num_addressable_devices"));
  return count === 0 ? [] : readPointers(list.get("addressable_devices"), count);
}

/** A device's name, e.g. `CpuDevice(id=0)`, and its model, e.g. `NVIDIA H100 80GB HBM3`. */
function describe(plugin: Plugin, device: bigint): { name: string; kind: string } {
  const found = struct("PJRT_Device_GetDescription_Args", { device });
  plugin.call("PJRT_Device_GetDescription", found);
  const device_description = found.get("device_description");
  const text = struct("PJRT_DeviceDescription_ToString_Args", { device_description });
  plugin.call("PJRT_DeviceDescription_ToString", text);
  const kind = struct("PJRT_DeviceDescription_Kind_Args", { device_description });
  plugin.call("PJRT_DeviceDescription_Kind", kind);
  return {
    name: readText(text.get("to_string"), text.get("to_string_size")),
    kind: readText(kind.get("device_kind"), kind.get("device_kind_size")),
  };
}
