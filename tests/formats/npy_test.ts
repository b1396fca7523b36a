import { assertEquals, assertThrows } from "@std/assert";
import { UserError } from "../../src/base/errors.ts";
import { encodeNpy, npyValue, readNpy } from "../../src/formats/npy.ts";
import { latin1Bytes } from "../../src/formats/python/values.ts";
import { fuzz } from "../fixtures/fuzz.ts";
import { fixtures, plain, unpack, writers } from "./python/fixtures.ts";

Deno.test("encodeNpy() writes what numpy writes", () => {
  const bytes = encodeNpy(Float32Array.of(1, -2, 0.5, 3, 4, 1e-7), 3);
  const header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }".padEnd(117) + "\n";
  assertEquals(new TextDecoder("latin1").decode(bytes.subarray(1, 6)), "NUMPY");
  assertEquals([...bytes.subarray(0, 1), ...bytes.subarray(6, 10)], [0x93, 1, 0, 118, 0]);
  assertEquals(new TextDecoder().decode(bytes.subarray(10, 128)), header);
  assertEquals([...new Float32Array(bytes.slice(128).buffer)], [...Float32Array.of(1, -2, 0.5, 3, 4, 1e-7)]);
});

for (const writer of writers) {
  const { npy, pororo } = fixtures(writer);
  for (const [name, { bytes, value }] of Object.entries(npy)) {
    Deno.test(`readNpy() reads "${name}" of ${writer}`, () => {
      assertEquals(plain(readNpy(unpack(bytes), "file")), value);
    });
  }
  Deno.test(`readNpy() survives damage to the side files of ${writer}`, async () => {
    for (const [name, bytes] of Object.entries(pororo)) {
      if (name.endsWith(".npy")) {
        await fuzz(`${writer} ${name}`, unpack(bytes), (damaged) => readNpy(damaged, "file"), 300);
      }
    }
  });
}

Deno.test("readNpy() survives damage to arrays of numbers and strings", async () => {
  for (const name of ["fortran", "fortran strings", "unicode", ">i8", "ragged", "version 3"]) {
    const bytes = unpack(fixtures("numpy2").npy[name]!.bytes);
    await fuzz(`npy ${name}`, bytes, (damaged) => readNpy(damaged, "file"), 400);
  }
});

/** A version 1 file with this header. */
function npy(header: string, elements = ""): Uint8Array {
  return latin1Bytes(
    `\x93NUMPY\x01\x00${String.fromCharCode(header.length & 255, header.length >> 8)}${header}${elements}`,
  );
}

Deno.test("readNpy() reads Python 2's shapes, and refuses headers that do not fit what follows", () => {
  const two = npy("{'descr': '|u1', 'fortran_order': False, 'shape': (2L, 1L), }", "ab");
  assertEquals(plain(readNpy(two, "file")), { array: [2, 1], data: [97, 98] });
  const cases: [Uint8Array, string][] = [
    [new Uint8Array(), "ids.npy is empty."],
    [
      npy("{'descr': '|u1', 'fortran_order': False, 'shape': (3,), }", "ab"),
      "[3] of 1-byte elements cannot have 2 bytes",
    ],
    [
      npy("{'descr': '|u1', 'fortran_order': False, 'shape': (1,), }", "ab"),
      "[1] of 1-byte elements cannot have 2 bytes",
    ],
    [npy("{'descr': '|u1', 'fortran_order': False, 'shape': (1e9,), }", "ab"), "lacks type, order or shape"],
    [npy("{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (1,), }", "ab"), "or the type is a structure"],
    [npy("{'descr': '<M8[s]', 'fortran_order': False, 'shape': (1,), }", "ab"), `"<M8[s]" is not one of numbers`],
    [
      npy("{'descr': '<i8', 'fortran_order': False, 'shape': (1,), }", "\xff".repeat(7) + "\x7f"),
      "too large to be exact",
    ],
    [npy("{'descr': '|O', 'fortran_order': False, 'shape': (2,), }", "N."), "what follows is no array of 2 objects"],
    [npy("{'descr': '|O', 'fortran_order': False, 'shape': (), }", "cos\nsystem\n."), `Python's "os.system"`],
    [
      npy("{'descr': '|S1', 'fortran_order': False, 'shape': (3000000,), }", "a".repeat(3e6)),
      "an array of 3000000 strings; the limit is 2097152",
    ],
    [latin1Bytes("\x93NUMPY\x04\x00\x00\x00"), "version 4.0 of .npy is unknown; 1 to 3 are supported"],
    [latin1Bytes("\x93NUMPY\x02\x00\xff\xff\xff\xff{"), "it announces 4294967295 bytes, and 1 are left"],
  ];
  for (const [bytes, message] of cases) assertThrows(() => readNpy(bytes, "ids.npy"), UserError, message);
});

Deno.test("npyValue() is the one object of a file, or the array", () => {
  const { npy } = fixtures("numpy2");
  assertEquals(plain(npyValue(readNpy(unpack(npy.dictionary!.bytes), "file"))), {
    dict: [["a/1", ["x", "y"]], ["b/2", []]],
  });
  assertEquals(plain(npyValue(readNpy(unpack(npy.empty!.bytes), "file"))), { array: [0], data: [] });
});
