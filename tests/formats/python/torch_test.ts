import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { UserError } from "../../../src/base/errors.ts";
import { isTorchFile, readTorchFile } from "../../../src/formats/python/torch.ts";
import { latin1, latin1Bytes } from "../../../src/formats/python/values.ts";
import { fuzz } from "../../fixtures/fuzz.ts";
import { zip } from "../../fixtures/zip.ts";
import { unpack } from "./fixtures.ts";

type Case = {
  zip: string;
  stream: string;
  tensors: Record<string, { shape: number[]; dtype: string; data: number[] }>;
};
const cases: Record<string, Case> = JSON.parse(Deno.readTextFileSync(new URL("torch.json", import.meta.url)));
const formats = ["zip", "stream"] as const;
const dtypes: Record<string, string> = { float32: "F32", float16: "F16", bfloat16: "BF16", int64: "I64" };

for (const format of formats) {
  for (const name of ["a module's state", "views", "types", "inside"]) {
    Deno.test(`readTorchFile() reads ${name} from PyTorch's ${format} as PyTorch has it`, async () => {
      const { tensors, [format]: packed } = cases[name]!;
      const read = await readTorchFile(unpack(packed), "w.pth");
      assertEquals(Object.keys(read), Object.keys(tensors));
      for (const [key, { shape, dtype, data }] of Object.entries(read)) {
        const wanted = tensors[key]!;
        assertEquals([shape, dtype], [wanted.shape, dtypes[wanted.dtype]!], key);
        const halves = (bits: number) => dtype === "F16" ? float16(bits) : bfloat16(bits);
        const values = data instanceof Uint16Array ? [...data].map(halves) : [...data].map(Number);
        assertEquals(values, wanted.data, key);
      }
    });
  }

  Deno.test(`readTorchFile() refuses what is no named tensors in PyTorch's ${format}, and says what it is`, async () => {
    const refusal = async (name: string) =>
      (await assertRejects(() => readTorchFile(unpack(cases[name]![format]), "w.pth"), UserError)).message;
    assertStringIncludes(await refusal("doubles"), "torch.DoubleStorage; float32");
    assertStringIncludes(
      await refusal("a module"),
      `"torch.nn.modules.linear.Linear", which is no part of a state dict`,
    );
    assertStringIncludes(await refusal("an object"), `Python's "__main__.Odd"`);
    assertStringIncludes(await refusal("no tensor"), `an entry "epoch" that is no tensor`);
  });

  Deno.test(`readTorchFile() refuses a damaged ${format}, never crashes and takes no memory for it`, async () => {
    await fuzz(`torch ${format}`, unpack(cases["views"]![format]), (bytes) => readTorchFile(bytes, "w.pth"), 1000);
  });

  Deno.test(`readTorchFile() refuses a ${format} that is cut short anywhere`, async () => {
    const whole = unpack(cases["a module's state"]![format]);
    for (let length = 0; length < whole.length; length += 13) {
      await assertRejects(() => readTorchFile(whole.slice(0, length), "w.pth"), UserError, "w.pth");
    }
  });
}

/** A pickle of protocol 2 that calls `module.name` with the string `argument`, as an attacker writes it. */
const calling = (module: string, name: string, argument = "true") =>
  pickle(`c${module}\n${name}\n(X${u32(argument.length)}${argument}tR`);
const pickle = (body: string) => latin1Bytes(`\x80\x02${body}.`);
const u32 = (n: number) => String.fromCharCode(n & 255, (n >> 8) & 255, (n >> 16) & 255, n >>> 24);
const text = (value: string) => `X${u32(value.length)}${value}`;
const int = (value: number) => `J${u32(value)}`;
/** Named tensor "w" over a float storage of `elements`. */
const tensor = (elements: number, offset: number, shape: number[], strides: number[]) =>
  pickle(
    `}${text("w")}ctorch._utils\n_rebuild_tensor_v2\n(` +
      `(${text("storage")}ctorch\nFloatStorage\n${text("0")}${text("cpu")}${int(elements)}tQ` +
      `${int(offset)}(${shape.map(int).join("")}t(${strides.map(int).join("")}t\x89}tRs`,
  );
const four = new Uint8Array(new Float32Array([1, 2, 3, 4]).buffer);
const inZip = (pkl: Uint8Array, more: Record<string, Uint8Array | string> = {}) =>
  zip({ "w/data.pkl": pkl, "w/data/0": four, "w/version": "3\n", ...more });
const refused = async (bytes: Uint8Array) =>
  (await assertRejects(() => readTorchFile(bytes, "w.pth"), UserError)).message;

Deno.test("a tensor written by hand is read, and one that reaches beyond its numbers is refused", async () => {
  const read = await readTorchFile(inZip(tensor(4, 1, [3], [1])), "w.pth");
  assertEquals([...read["w"]!.data as Float32Array], [2, 3, 4]);
  for (
    const [elements, offset, shape, strides] of [
      [4, 2, [3], [1]], // beyond the end by its offset
      [4, 0, [2, 2], [4, 1]], // by its strides
      [4, 0, [100000, 100000], [0, 0]], // one number, seen without end
      [4, 0, [5], [0]],
      [4, 0, [2], [-1]],
      [4, -1, [2], [1]],
      [4, 0, [-2], [1]],
      [4, 0, [2], [1, 1]],
    ] as const
  ) await refused(inZip(tensor(elements, offset, [...shape], [...strides])));
  assertStringIncludes(await refused(inZip(tensor(2 ** 30, 0, [2], [1]))), `storage "0" has 16 bytes, not 4294967296`);
});

Deno.test("many tensors over one storage cannot ask for more memory than the file has bytes", async () => {
  const one = latin1(tensor(4, 0, [4], [1])).slice(3, -1);
  const entries = Array.from({ length: 30_000 }, (_, i) => one.replace(text("w"), text(`w${i}`))).join("");
  assertEquals(Object.keys(await readTorchFile(inZip(pickle(`}${entries}`)), "w.pth")).length, 30_000);
  const shared = latin1(tensor(4096, 0, [4096], [1])).slice(3, -1);
  const large = Array.from({ length: 3000 }, (_, i) => shared.replace(text("w"), text(`w${i}`))).join("");
  const message = await refused(inZip(pickle(`}${large}`), { "w/data/0": new Uint8Array(4 * 4096) }));
  assertStringIncludes(message, "more numbers than it has bytes");
});

Deno.test("names of functions are refused, wherever they stand, and nothing is run", async () => {
  const marker = `${Deno.makeTempDirSync()}/ran`;
  for (
    const [module, name] of [
      ["os", "system"],
      ["posix", "system"],
      ["builtins", "eval"],
      ["builtins", "__import__"],
      [
        "torch",
        "load",
      ],
      ["torch.hub", "load"],
      ["numpy", "load"],
    ] as const
  ) {
    const pkl = calling(module, name, `touch ${marker}`);
    assertStringIncludes(await refused(inZip(pkl)), `${module}.${name}`);
    const stream = unpack(cases["views"]!.stream);
    const at = latin1(stream).indexOf("ccollections");
    const bytes = new Uint8Array([...stream.subarray(0, at), ...pkl.subarray(2)]);
    assertStringIncludes(await refused(bytes), `${module}.${name}`);
  }
  await assertRejects(() => Deno.stat(marker), Deno.errors.NotFound);
});

Deno.test("zips that are no checkpoint, packed, doubled or big-endian are refused", async () => {
  const pkl = tensor(4, 0, [4], [1]);
  assertStringIncludes(await refused(zip({ "a.png": "x" })), `does not contain one "data.pkl"`);
  assertStringIncludes(await refused(zip({ "a/data.pkl": pkl, "b/data.pkl": pkl })), `does not contain one "data.pkl"`);
  assertStringIncludes(await refused(zip({ "w/data.pkl": pkl })), `storage "0" is missing`);
  assertStringIncludes(await refused(inZip(pkl, { "w/byteorder": "big" })), "big-endian");
  const whole = inZip(pkl);
  const packed = whole.slice();
  for (const [at, field] of [[latin1(whole).indexOf("PK\x01\x02"), 10], [0, 8]] as const) packed[at + field] = 8;
  assertStringIncludes(await refused(packed), `"w/data.pkl" in "w.pth" is compressed`);
  const twice = latin1(inZip(pkl, { "w/data/1": four })).replaceAll("w/data/1", "w/data/0");
  assertStringIncludes(await refused(new Uint8Array(latin1Bytes(twice))), `contains "w/data/0" twice`);
  const flipped = whole.slice();
  flipped[latin1(whole).indexOf(latin1(four)) + 3]! ^= 1;
  assertStringIncludes(await refused(flipped), `checksum of "w/data/0" in "w.pth" is wrong`);
  assert(!isTorchFile(new TextEncoder().encode("<html>")));
  assertStringIncludes(await refused(new TextEncoder().encode("<html>")), "is no PyTorch checkpoint");
});

function float16(bits: number): number {
  const view = new DataView(new ArrayBuffer(2));
  view.setUint16(0, bits);
  return view.getFloat16(0);
}

function bfloat16(bits: number): number {
  const view = new DataView(new ArrayBuffer(4));
  view.setUint16(0, bits);
  return view.getFloat32(0);
}
