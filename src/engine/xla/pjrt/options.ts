/**
 * Compile options: XLA's flags for one device, encoded as the CompileOptionsProto that a plugin takes with a program.
 *
 * Flags are passed with each compilation (`env_option_overrides`) and not by the variable XLA_FLAGS, which a plugin
 * reads only once, and which makes it abort the process on an unknown name.
 */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fail } from "../../../base/errors.ts";
import type { Precision } from "../precision.ts";
import { addressOf, layoutOf, type Memory } from "./structs.ts";

/** XLA's debug options by name, e.g. `{ xla_gpu_deterministic_ops: true }`. */
export type Flags = Record<string, boolean | number | string>;

/**
 * Environment variable with further flags for every program, e.g.
 * `STORYLOOM_XLA_FLAGS="xla_backend_optimization_level=2,xla_x=true"`.
 */
export const flagsVariable = "STORYLOOM_XLA_FLAGS";

/** Settings that determine flags. */
export interface Numerics {
  precision: Precision;
  /** Whether the same program gives the same bits in every process. */
  deterministic: boolean;
}

/** The flags that every program of a platform is compiled with. */
export function platformFlags(platform: string, { deterministic }: Numerics): Flags {
  // By default the minimum and maximum of the CPU plugin drop NaN, which would hide errors. No flag is needed for
  // determinism: for a given number of threads the order of sums is fixed.
  if (platform === "cpu") return { xla_cpu_enable_fast_min_max: false };
  // The fastest sums on a GPU depend on the order in which threads finish, and algorithms are chosen by timing at every
  // compilation. This flag excludes both.
  return deterministic ? { xla_gpu_deterministic_ops: true } : {};
}

/**
 * The folder of NVIDIA's assembler and device library in the wheels installed with the plugin, which XLA does not
 * search by default. Empty where there is none; XLA then searches its default folders.
 */
export function toolFlags(pluginPath: string): Flags {
  const site = dirname(dirname(dirname(pluginPath))); // SITE/jax_plugins/xla_cuda13/xla_cuda_plugin.so
  const folder = ["cu13", "cuda_nvcc"].map((name) => join(site, "nvidia", name))
    .find((folder) => existsSync(join(folder, "nvvm", "libdevice")));
  return folder ? { xla_gpu_cuda_data_dir: folder } : {};
}

/**
 * Parses flags in the syntax of XLA_FLAGS, `--name=value`, separated by spaces or commas. The dashes may be omitted,
 * and a name alone means true. Whole numbers become integers, `0.5` or `1.0` doubles, because XLA distinguishes them.
 *
 * @throws UserError for a part that is not a flag.
 */
export function parseFlags(text: string): Flags {
  const parts = text.split(/[\s,]+/).filter((part) => part !== "");
  return Object.fromEntries(parts.map((part) => {
    const found = /^(?:--)?(\w+)(?:=(.*))?$/.exec(part);
    if (!found) fail(`${flagsVariable} holds "${part}": write name=value, e.g. xla_backend_optimization_level=2.`);
    return [found[1]!, found[2] ?? "true"];
  }));
}

/** Serialises CompileOptionsProto { executable_build_options { one replica, one partition }, env_option_overrides }. */
export function encodeCompileOptions(flags: Flags): Uint8Array<ArrayBuffer> {
  const build = [...field(4, 1), ...field(5, 1)]; // num_replicas, num_partitions
  const overrides = Object.entries(flags).map(([key, value]) =>
    bytesField(7, [...textField(1, key), ...bytesField(2, encodeValue(value))])
  );
  return Uint8Array.from([bytesField(3, build), ...overrides].flat());
}

/** OptionOverrideProto: the number of the field determines the type. */
function encodeValue(value: boolean | number | string): number[] {
  if (value === true || value === "true") return field(2, 1);
  if (value === false || value === "false") return field(2, 0);
  const text = String(value);
  if (/^-?\d+$/.test(text)) return field(3, BigInt(text));
  if (/^-?[\d.]+(e[-+]?\d+)?$/i.test(text)) {
    return [(4 << 3) | 1, ...new Uint8Array(Float64Array.of(Number(text)).buffer)];
  }
  return textField(1, text);
}

/** A field of an integer or bool: the tag, then a varint (seven bits per byte, lowest first). */
function field(number: number, value: number | bigint): number[] {
  return [number << 3, ...varint(BigInt(value))];
}
function bytesField(number: number, bytes: number[]): number[] {
  return [(number << 3) | 2, ...varint(BigInt(bytes.length)), ...bytes];
}
const textField = (number: number, text: string) => bytesField(number, [...new TextEncoder().encode(text)]);

function varint(value: bigint): number[] {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, value); // a negative number is encoded as 64 bits
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return [...bytes, Number(rest)];
}

/** Options of a client by name: a list of integers, a float, a bool or a text. */
export type ClientOptions = Record<string, number[] | number | boolean | string>;

/** `PJRT_NamedValue_Type` */
const valueTypes = { text: 0, integers: 2, float: 3, bool: 4 };

/** Lays options out as a C array of `PJRT_NamedValue`. */
export function namedValues(options: ClientOptions): Memory {
  const { offsets, size } = layoutOf("PJRT_NamedValue"); // without spare bytes: the plugin iterates by its own size
  const entries = Object.entries(options);
  const view = new DataView(new ArrayBuffer(entries.length * size));
  const references: unknown[] = [];
  for (const [i, [name, value]] of entries.entries()) {
    const at = (field: string) => i * size + offsets[field]!;
    const point = (field: string, array: ArrayBufferView<ArrayBuffer>) => {
      references.push(array);
      view.setBigUint64(at(field), addressOf(array), true);
    };
    const text = new TextEncoder().encode(name);
    let [type, length] = [0, 1];
    if (typeof value === "boolean") {
      type = valueTypes.bool;
      view.setUint8(at("value"), value ? 1 : 0);
    } else if (typeof value === "number") {
      type = valueTypes.float;
      view.setFloat32(at("value"), value, true);
    } else {
      const array = typeof value === "string" ? new TextEncoder().encode(value) : BigInt64Array.from(value, BigInt);
      type = typeof value === "string" ? valueTypes.text : valueTypes.integers;
      length = array.length;
      point("value", array);
    }
    view.setBigUint64(i * size, BigInt(size), true); // struct_size
    point("name", text);
    view.setBigUint64(at("name_size"), BigInt(text.length), true);
    view.setInt32(at("type"), type, true);
    view.setBigUint64(at("value_size"), BigInt(length), true);
  }
  return { bytes: new Uint8Array(view.buffer), references };
}
