import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { UserError } from "../../../src/base/errors.ts";
import { readPickle } from "../../../src/formats/python/pickle.ts";
import { isKind, latin1Bytes, type PythonValue, readUtf8 } from "../../../src/formats/python/values.ts";
import { fuzz } from "../../fixtures/fuzz.ts";
import { fixtures, plain, unpack, writers } from "./fixtures.ts";

for (const writer of writers) {
  const { files, value } = fixtures(writer).pickle;
  for (const [protocol, bytes] of Object.entries(files)) {
    Deno.test(`readPickle() reads what ${writer} wrote in ${protocol}`, () => {
      assertEquals(plain(readPickle(unpack(bytes), "file")), value);
    });
    if (writer === "numpy1") continue; // like numpy 2's but for two names
    Deno.test(`readPickle() survives damage to ${protocol} of ${writer}`, () =>
      fuzz(`pickle ${writer} ${protocol}`, unpack(bytes), (damaged) => readPickle(damaged, "file")));
  }
}

Deno.test("readPickle() gives one object where one was stored twice", () => {
  const value = readPickle(unpack(fixtures("numpy2").pickle.files["protocol 4"]!), "file") as Map<
    PythonValue,
    PythonValue[]
  >;
  const [first, second] = value.get("shared")!;
  assertStrictEquals(first, second);
});

/** A pickle as text, one character a byte. */
function read(pickle: string): PythonValue {
  return readPickle(latin1Bytes(pickle), "labels.npy");
}

Deno.test("readPickle() refuses names other than numpy's and the plain ones, wherever they stand", () => {
  for (
    const pickle of [
      "cos\nsystem\n(S'echo'\ntR.",
      "c__builtin__\neval\n(S'1'\ntR.",
      "cbuiltins\ngetattr\n.",
      "cnumpy\nload\n(S'x'\ntR.",
      "\x80\x04\x8c\x02os\x8c\x06system\x93.",
      "(ios\nsystem\n.",
      "(cos\nsystem\no.",
      "ccollections\nOrderedDict\n)\x81.",
    ]
  ) {
    const { message } = assertThrows(() => read(pickle), UserError);
    assertEquals(/^labels\.npy .*(is no plain data).* \(byte \d+\)\.$/.test(message), true, message);
  }
  assertThrows(
    () => read("cos\nsystem\n."),
    UserError,
    `Python's "os.system", which is no plain data and is never run`,
  );
});

Deno.test("readPickle() names file and byte of what is wrong", () => {
  const cases: Record<string, string> = {
    "": "it announces 1 byte, and 0 are left (byte 0)",
    "K\x01": "it announces 1 byte, and 0 are left (byte 2)",
    "N\xff.": "0xff is not an opcode of a pickle (byte 1)",
    ".": "it pops from an empty stack (byte 0)",
    "]0a.": "it pops from an empty stack (byte 2)",
    "K\x01(a.": "it pops from an empty stack (byte 3)",
    "]t.": "it ends a list that was not begun (byte 1)",
    "h\x07.": "it reads an entry of the memo that was never stored (byte 0)",
    "X\xff\xff\xff\x7fa.": "it announces 2147483647 bytes, and 2 are left (byte 0)",
    "T\xff\xff\xff\xffa.": "it announces -1 bytes, and 2 are left (byte 0)",
    "\x8e\xff\xff\xff\xff\xff\xff\xff\xff.": " bytes, and 1 are left (byte 0)",
    "X\x01\x00\x00\x00\xff.": "a text is not UTF-8 (byte 0)",
    "I12x\n.": `"12x" is not an integer (byte 0)`,
    "Fx\n.": `"x" is not a number (byte 0)`,
    "S'a\n.": "'a is not a quoted string (byte 0)",
    "}(K\x01u.": "a key has no value (byte 4)",
    "]K\x01K\x02s.": "it sets an entry of a value that is not a dictionary (byte 5)",
    "K\x01K\x02a.": "it appends to a value that is not a list (byte 4)",
    "\x80\x06N.": "protocol 6 is unknown; 0 to 5 are supported (byte 0)",
    "NN.": "there is unread data at its end (byte 2)",
    "N.N": "there is unread data at its end (byte 1)",
    "Pid\n.": "a reference to data stored elsewhere, which is no plain data (byte 0)",
  };
  for (const [pickle, message] of Object.entries(cases)) assertThrows(() => read(pickle), UserError, message);
});

const reconstruct = "cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(I0\ntS'b'\ntR";
const float64 = "cnumpy\ndtype\n(S'f8'\nI0\nI1\ntR(I3\nS'<'\nNNNI-1\nI-1\nI0\ntb";

Deno.test("readPickle() checks an array's bytes against its shape and type", () => {
  const eight = "S'\\x00\\x00\\x00\\x00\\x00\\x00\\xf0?'\n";
  const one = read(`${reconstruct}(I1\n(I1\nt${float64}I00\n${eight}tb.`);
  assertEquals(isKind(one, "array") && one.data, new Float64Array([1]));
  const broken: Record<string, string> = {
    [`(I1\n(I2\nt${float64}I00\n${eight}tb.`]: "an array [2] of 8-byte elements cannot have 8 bytes",
    [`(I1\n(I-1\nt${float64}I00\n${eight}tb.`]: "a side of an array is not a number, or too large",
    [`(I1\n(I1\nt${float64}I00\n]tb.`]: "it holds an array [1] with 0 objects",
    [`(I1\n(I1\ntNI00\n${eight}tb.`]: "it holds an array without an element type",
    [`(I1\nN${float64}I00\n${eight}tb.`]: "it holds an array without a shape",
    [`(I1\n(I999999999\ntcnumpy\ndtype\n(S'S0'\nI0\nI1\ntRI00\nS''\ntb.`]: "an array [999999999] of 0-byte elements",
    [`(I1\n(I1\ntcnumpy\ndtype\n(S'M8'\nI0\nI1\ntRI00\n${eight}tb.`]: `"M8" is not one of numbers, strings and objects`,
  };
  for (const [state, message] of Object.entries(broken)) {
    assertThrows(() => read(reconstruct + state), UserError, message);
  }
});

Deno.test("readPickle() refuses a short file that copies a list without end", () => {
  const list = `](${"N".repeat(2000)}ep0\n0`;
  const copy = "cbuiltins\nlist\n(g0\ntR0";
  assertEquals((read(`${list}${copy}g0\n.`) as unknown[]).length, 2000);
  assertThrows(
    () => read(`${list}${copy.repeat(500)}g0\n.`),
    UserError,
    "it constructs more elements than it has bytes",
  );
});

Deno.test("readPickle() refuses a file of millions of values", () => {
  const pickle = new Uint8Array(2 ** 21 + 1).fill("]".charCodeAt(0));
  assertThrows(() => readPickle(pickle, "file"), UserError, "it has more than 2097152 values (byte 2097152)");
});

Deno.test("readUtf8() reads Python 2's byte strings as the text they were, and leaves text alone", () => {
  assertEquals(readUtf8("\xe2\x80\x9chello\xe2\x80\x9d"), "\u201chello\u201d");
  for (const text of ["plain", "caf\xe9", "\u201cq\u201d \xe9", ""]) assertEquals(readUtf8(text), text);
});
