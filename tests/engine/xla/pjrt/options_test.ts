import { assertEquals, assertThrows } from "@std/assert";
import { UserError } from "../../../../src/base/errors.ts";
import {
  encodeCompileOptions,
  namedValues,
  parseFlags,
  platformFlags,
  toolFlags,
} from "../../../../src/engine/xla/pjrt/options.ts";
import { withFolder } from "../../../runs/help.ts";

type Field = [number: number, value: bigint | number | Uint8Array];

/** The fields of a protobuf message, in order: whole numbers as bigint, doubles as number, the rest as bytes. */
function decode(bytes: Uint8Array): Field[] {
  const fields: Field[] = [];
  let at = 0;
  const varint = () => {
    let value = 0n;
    for (let shift = 0n;; shift += 7n) {
      const byte = bytes[at++]!;
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const tag = Number(varint());
    const [number, wire] = [tag >> 3, tag & 7];
    if (wire === 0) fields.push([number, varint()]);
    else if (wire === 1) {
      fields.push([number, new DataView(bytes.buffer, bytes.byteOffset + at).getFloat64(0, true)]);
      at += 8;
    } else if (wire === 2) {
      const length = Number(varint());
      fields.push([number, bytes.subarray(at, at += length)]);
    } else throw new Error(`wire type ${wire}`);
  }
  return fields;
}
const text = (value: Field[1]) => new TextDecoder().decode(value as Uint8Array);

/** Name, field number of the value's type, and value of each override. */
function overrides(options: Uint8Array): [string, number, unknown][] {
  return decode(options).filter(([number]) => number === 7).map(([, entry]) => {
    const [[, key], [, override]] = decode(entry as Uint8Array) as [Field, Field];
    const [[type, value]] = decode(override as Uint8Array) as [Field];
    return [text(key), type, type === 1 ? text(value) : value];
  });
}

Deno.test("encodeCompileOptions() asks for one replica and one partition", () => {
  const [[number, build]] = decode(encodeCompileOptions({})) as [Field];
  assertEquals([number, decode(build as Uint8Array)], [3, [[4, 1n], [5, 1n]]]);
});

Deno.test("encodeCompileOptions() writes a flag by its type: text, bool, integer, double", () => {
  const flags = parseFlags("--xla_a=true xla_b=false, xla_c=300 xla_d=-1,xla_e=0.5 xla_f=1.0 xla_g=AVX2 xla_h xla_i=");
  assertEquals(overrides(encodeCompileOptions(flags)), [
    ["xla_a", 2, 1n],
    ["xla_b", 2, 0n],
    ["xla_c", 3, 300n],
    ["xla_d", 3, 2n ** 64n - 1n],
    ["xla_e", 4, 0.5],
    ["xla_f", 4, 1],
    ["xla_g", 1, "AVX2"],
    ["xla_h", 2, 1n],
    ["xla_i", 1, ""],
  ]);
});

Deno.test("encodeCompileOptions() counts in bytes, also beyond 127 of them", () => {
  const path = "/é".repeat(100);
  assertEquals(overrides(encodeCompileOptions({ xla_gpu_cuda_data_dir: path })), [["xla_gpu_cuda_data_dir", 1, path]]);
});

Deno.test("parseFlags() refuses what is no flag", () => {
  assertThrows(() => parseFlags("xla_a=1 =2"), UserError, '"=2"');
  assertEquals(parseFlags("  "), {});
});

Deno.test("platformFlags() keeps NaN on the CPU, and a GPU deterministic if asked", () => {
  const flags = (platform: string, deterministic: boolean) =>
    platformFlags(platform, { precision: "float32", deterministic });
  assertEquals(flags("cpu", true), { xla_cpu_enable_fast_min_max: false });
  assertEquals(flags("cpu", false), flags("cpu", true));
  assertEquals(flags("cuda", true), { xla_gpu_deterministic_ops: true });
  assertEquals(flags("cuda", false), {});
});

Deno.test("toolFlags() finds NVIDIA's wheels beside the plugin's", () =>
  withFolder((site) => {
    const plugin = `${site}/jax_plugins/xla_cuda13/xla_cuda_plugin.so`;
    assertEquals(toolFlags(plugin), {});
    Deno.mkdirSync(`${site}/nvidia/cu13/nvvm/libdevice`, { recursive: true });
    assertEquals(toolFlags(plugin), { xla_gpu_cuda_data_dir: `${site}/nvidia/cu13` });
  }));

Deno.test("namedValues() lays options out as C's array, with pointers to names, texts and lists", () => {
  const { bytes, references } = namedValues({
    visible_devices: [3, 1],
    memory_fraction: 0.5,
    preallocate: true,
    a: "bc",
  });
  assertEquals(bytes.length, 4 * 56); // sizeof(PJRT_NamedValue)
  const view = new DataView(bytes.buffer);
  const at = (address: bigint, length: number) => {
    const copy = new Uint8Array(length);
    new Deno.UnsafePointerView(Deno.UnsafePointer.create(address)!).copyInto(copy);
    return copy;
  };
  const rows = [0, 1, 2, 3].map((i) => ({
    size: view.getBigUint64(i * 56, true),
    name: text(at(view.getBigUint64(i * 56 + 16, true), Number(view.getBigUint64(i * 56 + 24, true)))),
    type: view.getInt32(i * 56 + 32, true),
    count: view.getBigUint64(i * 56 + 48, true),
  }));
  assertEquals(rows, [
    { size: 56n, name: "visible_devices", type: 2, count: 2n },
    { size: 56n, name: "memory_fraction", type: 3, count: 1n },
    { size: 56n, name: "preallocate", type: 4, count: 1n },
    { size: 56n, name: "a", type: 0, count: 2n },
  ]);
  assertEquals([...new BigInt64Array(at(view.getBigUint64(40, true), 16).buffer)], [3n, 1n]);
  assertEquals([view.getFloat32(56 + 40, true), view.getUint8(2 * 56 + 40)], [0.5, 1]);
  assertEquals(text(at(view.getBigUint64(3 * 56 + 40, true), 2)), "bc");
  assertEquals(references.length, 6); // what the addresses point to stays alive with the array
});
