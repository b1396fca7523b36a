/**
 * Compile options: XLA's flags for one device, encoded as the CompileOptionsProto that a plugin takes with a program.
 *
 * Flags go with each compilation (`env_option_overrides`) and never through the XLA_FLAGS of the process, which a
 * plugin reads once and from which it aborts on a name it does not know.
 */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fail } from "../../../base/errors.ts";
import type { Precision } from "../precision.ts";
import { addressOf, layoutOf, type Memory } from "./structs.ts";

/** XLA's debug options by name, e.g. `{ xla_gpu_deterministic_ops: true }`. */
export type Flags = Record<string, boolean | number | string>;

/** Names further flags for every program, e.g. `STORYLOOM_XLA_FLAGS="xla_backend_optimization_level=2,xla_x=true"`. */
export const flagsVariable = "STORYLOOM_XLA_FLAGS";

/** What flags follow from. */
export interface Numerics {
  precision: Precision;
  /** The same program gives the same bits in every process. */
  deterministic: boolean;
}

/** The flags that every program of a platform is compiled with. */
export function platformFlags(platform: string, { deterministic }: Numerics): Flags {
  // The minimum and maximum of the CPU plugin lose NaN by default, so that a broken value could pass unseen. It needs no
  // flag to be deterministic: for a number of threads it adds up in one order.
  if (platform === "cpu") return { xla_cpu_enable_fast_min_max: false };
  // A GPU's fastest sums add in the order in which threads happen to finish, and which algorithm is taken is otherwise
  // decided by a race at every compilation. This flag excludes both.
  return deterministic ? { xla_gpu_deterministic_ops: true } : {};
}

/**
 * Where XLA finds NVIDIA's assembler and device library: in the wheels beside the plugin's, which it does not know of.
 * Empty where they are not there, and XLA looks in its usual places.
 */
export function toolFlags(pluginPath: string): Flags {
  const site = dirname(dirname(dirname(pluginPath))); // SITE/jax_plugins/xla_cuda13/xla_cuda_plugin.so
  const folder = ["cu13", "cuda_nvcc"].map((name) => join(site, "nvidia", name))
    .find((folder) => existsSync(join(folder, "nvvm", "libdevice")));
  return folder ? { xla_gpu_cuda_data_dir: folder } : {};
}

/**
 * Reads flags as XLA_FLAGS has them, `--name=value`, apart by spaces or commas; dashes may be left out, and a name alone
 * means true. Whole numbers become integers, `0.5` or `1.0` a double: XLA refuses the one for the other.
 *
 * @throws UserError for what is no flag.
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

/** OptionOverrideProto: the field's number says the type. */
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

/** A field of an integer or bool: tag, then seven bits a byte, lowest first. */
function field(number: number, value: number | bigint): number[] {
  return [number << 3, ...varint(BigInt(value))];
}
function bytesField(number: number, bytes: number[]): number[] {
  return [(number << 3) | 2, ...varint(BigInt(bytes.length)), ...bytes];
}
const textField = (number: number, text: string) => bytesField(number, [...new TextEncoder().encode(text)]);

function varint(value: bigint): number[] {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, value); // a negative number is written as its 64 bits
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return [...bytes, Number(rest)];
}

/** Options of a client by name; the plugin knows their types: a list of integers, a float, a bool or text. */
export type ClientOptions = Record<string, number[] | number | boolean | string>;

/** `PJRT_NamedValue_Type` */
const valueTypes = { text: 0, integers: 2, float: 3, bool: 4 };

/** Lays options out as a C array of `PJRT_NamedValue`. */
export function namedValues(options: ClientOptions): Memory {
  const { offsets, size } = layoutOf("PJRT_NamedValue"); // without spare bytes: the plugin steps by its own size
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
