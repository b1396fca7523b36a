import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { UserError } from "../../src/base/errors.ts";
import {
  asFloat16,
  asFloat32,
  decodeSafetensors,
  encodeSafetensors,
  type StoredTensor,
} from "../../src/formats/safetensors.ts";

const float = (shape: number[], ...values: number[]): StoredTensor => ({
  dtype: "F32",
  shape,
  data: Float32Array.from(values),
});

/** A file with any header, as only a foreign or broken writer would make it. */
function file(header: unknown, data = 0, length?: number): Uint8Array {
  const text = new TextEncoder().encode(typeof header === "string" ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + text.length + data);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length ?? text.length), true);
  bytes.set(text, 8);
  return bytes;
}

Deno.test("encodeSafetensors() and decodeSafetensors() return tensors and metadata as they were", () => {
  const tensors: Record<string, StoredTensor> = {
    "b.kernel": float([2, 3], 1, -0, NaN, Infinity, 1e-45, 6),
    "a.scalar": float([], 3),
    "c.empty": float([0, 4]),
    tokens: { dtype: "I32", shape: [3], data: new Int32Array([-1, 0, 2 ** 31 - 1]) },
    pixels: { dtype: "U8", shape: [5], data: new Uint8Array([0, 1, 2, 254, 255]) },
    step: { dtype: "I64", shape: [1], data: new BigInt64Array([-5n]) },
    half: { dtype: "F16", shape: [1], data: new Uint16Array([0x3c00]) },
    __proto: float([1], 2),
  };
  const decoded = decodeSafetensors(encodeSafetensors(tensors, { step: "3", note: "é" }), "x");
  assertEquals(decoded.metadata, { step: "3", note: "é" });
  assertEquals(Object.keys(decoded.tensors).sort(), Object.keys(tensors).sort());
  for (const [name, tensor] of Object.entries(tensors)) assertEquals(decoded.tensors[name], tensor, name);
});

Deno.test("encodeSafetensors() writes the published format byte for byte", () => {
  const bytes = encodeSafetensors({ b: float([1], 1), a: float([2], 2, 3) }, { k: "v" });
  const header = '{"__metadata__":{"k":"v"},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},' +
    '"b":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}}';
  const padded = header.padEnd(Math.ceil(header.length / 8) * 8, " ");
  assertEquals([...bytes.subarray(0, 8)], [padded.length, 0, 0, 0, 0, 0, 0, 0]);
  assertEquals(new TextDecoder().decode(bytes.subarray(8, 8 + padded.length)), padded);
  assertEquals([...bytes.subarray(8 + padded.length)], [0, 0, 0, 64, 0, 0, 64, 64, 0, 0, 128, 63]);
});

Deno.test("encodeSafetensors() gives the same bytes whatever the order, and aligns wider numbers first", () => {
  const odd: StoredTensor = { dtype: "U8", shape: [3], data: new Uint8Array([1, 2, 3]) };
  const bytes = encodeSafetensors({ a: odd, z: float([1], 1) }, { a: "1", b: "2" });
  assertEquals(encodeSafetensors({ z: float([1], 1), a: odd }, { b: "2", a: "1" }), bytes);
  const { z } = decodeSafetensors(bytes, "x").tensors;
  assertEquals(z!.data.byteOffset % 8, 0);
});

Deno.test("encodeSafetensors() refuses data that do not fit their shape or dtype", () => {
  assertThrows(() => encodeSafetensors({ a: float([3], 1, 2) }), Error, '"a"');
  assertThrows(() => encodeSafetensors({ a: { ...float([1], 1), dtype: "I32" } }), Error, '"a"');
});

Deno.test("decodeSafetensors() reads files that are not aligned, and views into larger buffers", () => {
  const header = { a: { dtype: "F32", shape: [1], data_offsets: [0, 4] } };
  const bytes = file(header, 4);
  bytes.set([0, 0, 128, 63], bytes.length - 4);
  for (const shift of [0, 1, 2, 3, 4]) {
    const larger = new Uint8Array(bytes.length + shift);
    larger.set(bytes, shift);
    assertEquals(decodeSafetensors(larger.subarray(shift), "x").tensors.a, float([1], 1));
  }
});

Deno.test("decodeSafetensors() refuses a file cut at any byte, and one with bytes too many", () => {
  const whole = encodeSafetensors({ a: float([2], 1, 2), b: float([1], 3) });
  for (let length = 0; length < whole.length; length++) {
    const { message } = assertThrows(() => decodeSafetensors(whole.subarray(0, length), "last.safetensors"), UserError);
    assertStringIncludes(message, '"last.safetensors"');
    assertStringIncludes(message, "cut short");
  }
  const longer = new Uint8Array(whole.length + 1);
  longer.set(whole);
  assertThrows(() => decodeSafetensors(longer, "x"), UserError, "1 byte follows its last tensor");
});

Deno.test("asFloat16() rounds a tensor that a file then keeps in half the bytes; asFloat32() reads it back", () => {
  const tensor = float([2, 3], 1, -0.1, 65519, 65520, -Infinity, 2 ** -24);
  const half = asFloat16(tensor);
  assertEquals([half.dtype, half.shape], ["F16", [2, 3]]);
  const sizes = [tensor, half].map((a) => encodeSafetensors({ a }).length);
  assertEquals(sizes[0]! - sizes[1]!, 12);
  const { a } = decodeSafetensors(encodeSafetensors({ a: half }), "x").tensors;
  assertEquals(asFloat32(a!), float([2, 3], 1, -0.0999755859375, 65504, Infinity, -Infinity, 2 ** -24));
});

Deno.test("asFloat32() widens bfloat16, keeps float32, and refuses integers; asFloat16() takes float32 only", () => {
  const bfloat: StoredTensor = { dtype: "BF16", shape: [3], data: Uint16Array.of(0x3f80, 0xc040, 0x7f80) };
  assertEquals(asFloat32(bfloat), float([3], 1, -3, Infinity));
  const single = float([1], 0.1);
  assertEquals(asFloat32(single).data === single.data, true);
  const integers: StoredTensor = { dtype: "I32", shape: [1], data: Int32Array.of(1) };
  assertThrows(() => asFloat32(integers), Error, "I32");
  assertThrows(() => asFloat16(integers), Error, "I32");
});

const entry = (dtype: unknown, shape: unknown, range: unknown) => ({ a: { dtype, shape, data_offsets: range } });
const foreign: [name: string, bytes: Uint8Array, word: string][] = [
  ["a PNG", new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0]), "another format"],
  ["a header that is no JSON", file("{not json"), "not JSON"],
  ["a header that is no UTF-8", file("{}").fill(0xff, 8), "not JSON"],
  ["a header that is a list", file([]), "not a JSON object"],
  ["a header that is null", file("null"), "not a JSON object"],
  ["metadata that are no texts", file({ __metadata__: { a: 1 } }), "metadata"],
  ["an entry that is null", file({ a: null }), "dtype"],
  ["an unknown dtype", file(entry("F8", [1], [0, 1]), 1), '"F8"'],
  ["a dtype that every object has", file(entry("constructor", [1], [0, 1]), 1), '"constructor"'],
  ["a negative dimension", file(entry("F32", [-1], [0, 4]), 4), "shape"],
  ["a broken dimension", file(entry("F32", [0.5], [0, 2]), 2), "shape"],
  ["no shape", file(entry("F32", undefined, [0, 4]), 4), "shape"],
  ["a negative offset", file(entry("F32", [1], [-4, 0]), 4), "byte range"],
  ["a range that ends before it starts", file(entry("F32", [1], [4, 0]), 4), "byte range"],
  ["a range of one number", file(entry("F32", [1], [0]), 4), "byte range"],
  ["a range of another size", file(entry("F32", [2], [0, 4]), 4), "needs 8 bytes"],
  ["a range beyond the end", file(entry("F32", [2], [0, 8]), 4), "cut short"],
  ["a gap before a tensor", file(entry("F32", [1], [4, 8]), 8), "starts at byte 4"],
  [
    "overlapping tensors",
    file({ ...entry("F32", [2], [0, 8]), b: { dtype: "F32", shape: [1], data_offsets: [4, 8] } }, 8),
    "starts at byte 4 of the data where 8 was expected",
  ],
];
for (const [name, bytes, word] of foreign) {
  Deno.test(`decodeSafetensors() refuses ${name}`, () => {
    const { message } = assertThrows(() => decodeSafetensors(bytes, "runs/x.safetensors"), UserError, word);
    assertStringIncludes(message, '"runs/x.safetensors"');
  });
}
