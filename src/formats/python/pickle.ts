/**
 * Reading pickles, Python's serialisation format (protocols 0 to 5), without Python.
 *
 * A pickle is a program for a small stack machine. Each opcode is a byte, here a line of {@link opcodes} in the order
 * of Python's `pickletools`, followed in the file by its operands. Values that occur more than once are stored in a
 * memo.
 */
import { counted } from "../../base/text.ts";
import { type Cursor, openCursor } from "./cursor.ts";
import { Unreadable } from "./dtype.ts";
import { type Dialect, plainData } from "./globals.ts";
import {
  littleEndian,
  parseFloatText,
  parseIndex,
  parseInteger,
  parseLong,
  rawUnicode,
  stringLiteral,
} from "./literals.ts";
import { isKind, latin1, type PythonValue } from "./values.ts";

interface Machine {
  input: Cursor;
  dialect: Dialect;
  stack: PythonValue[];
  /** Stack heights at which an unfinished list, tuple or dictionary begins. */
  marks: number[];
  memo: Map<number, PythonValue>;
  /**
   * Number of elements that calls may still construct: initially the bytes of the file, which bounds copies of lists.
   */
  budget: number;
}

/**
 * Reads a pickle that occupies the file from byte `start` to its end.
 *
 * Memory is bounded by the size of the file: lengths beyond its end are refused, and so are files with more than two
 * million values.
 *
 * @param where Name of the file in errors.
 * @throws UserError with file and byte when it is damaged, or contains anything but plain data and NumPy arrays.
 */
export function readPickle(bytes: Uint8Array, where: string, start = 0): PythonValue {
  const input = openCursor(bytes, where, start);
  const value = readNextPickle(input, plainData);
  if (input.left() > 0) input.refuse("there is unread data at its end");
  return value;
}

/**
 * Reads one of several pickles in a file, and advances the cursor behind it.
 *
 * @throws UserError like {@link readPickle}.
 */
export function readNextPickle(input: Cursor, dialect: Dialect): PythonValue {
  const machine: Machine = { input, dialect, stack: [], marks: [], memo: new Map(), budget: input.left() };
  try {
    for (let steps = 0;; steps++) {
      input.begin();
      if (steps === maxSteps) input.refuse(`it has more than ${maxSteps} values`);
      const code = input.unsigned(1);
      if (code === STOP) break;
      const run = opcodes.get(code) ?? input.refuse(`0x${code.toString(16)} is not an opcode of a pickle`);
      run(machine);
    }
    const value = pop(machine);
    if (machine.stack.length > 0) input.refuse("there is unread data at its end");
    return value;
  } catch (error) {
    if (error instanceof Unreadable) input.refuse(error.message);
    throw error;
  }
}

/** Limit of opcodes: one byte may construct an object of hundreds of bytes, so the file size alone is not a limit. */
const maxSteps = 2 ** 21;

const STOP = ".".charCodeAt(0);

type Run = (machine: Machine) => void;

/** An opcode that pushes one value. */
const value = (read: (input: Cursor) => PythonValue): Run => (machine) => void machine.stack.push(read(machine.input));

const byteString = (lengthBytes: number) => value((input) => latin1(input.take(input.unsigned(lengthBytes))));
const text = (lengthBytes: number) => value((input) => utf8(input.take(input.unsigned(lengthBytes))));
const tuple = (n: number): Run => (machine) => {
  const items = Array.from({ length: n }, () => pop(machine));
  machine.stack.push(items.reverse());
};
const container = (build: (items: PythonValue[]) => PythonValue): Run => (machine) =>
  void machine.stack.push(build(popToMark(machine)));
const get = (index: (input: Cursor) => number): Run => (machine) => {
  const found = machine.memo.get(index(machine.input));
  machine.stack.push(
    found === undefined ? machine.input.refuse("it reads an entry of the memo that was never stored") : found,
  );
};
const put = (index: (input: Cursor) => number): Run => (machine) =>
  void machine.memo.set(index(machine.input), top(machine));
const refused = (what: string): Run => ({ input }) => input.refuse(`it holds ${what}, which is no plain data`);

const opcodes = new Map<number, Run>(
  Object.entries<Run>({
    // Integers, floats and constants
    I: value((input) => parseInteger(input.line())),
    J: value((input) => input.int32()),
    K: value((input) => input.unsigned(1)),
    M: value((input) => input.unsigned(2)),
    L: value((input) => parseLong(input.line())),
    "\x8a": value((input) => littleEndian(input.take(input.unsigned(1)))),
    "\x8b": value((input) => littleEndian(input.take(input.int32()))),
    F: value((input) => parseFloatText(input.line())),
    G: value((input) => input.float64()),
    N: value(() => null),
    "\x88": value(() => true),
    "\x89": value(() => false),
    // Byte strings, of Python 2 and 3
    S: value((input) => stringLiteral(input.line())),
    T: value((input) => latin1(input.take(input.int32()))),
    U: byteString(1),
    B: byteString(4),
    C: byteString(1),
    "\x8e": byteString(8),
    "\x96": byteString(8), // bytearray
    "\x97": refused("a buffer outside the file"),
    "\x98": (machine) => void top(machine), // marks a buffer read-only
    // Text
    V: value((input) => rawUnicode(input.line())),
    X: text(4),
    "\x8c": text(1),
    "\x8d": text(8),
    // Lists and tuples
    "]": value(() => []),
    a: (machine) => append(machine, [pop(machine)]),
    e: (machine) => append(machine, popToMark(machine)),
    l: container((items) => items),
    ")": value(() => []),
    t: container((items) => items),
    "\x85": tuple(1),
    "\x86": tuple(2),
    "\x87": tuple(3),
    // Dictionaries and sets
    "}": value(() => new Map()),
    d: container((items) => setItems(new Map(), items)),
    s: (machine) => {
      const items = [pop(machine), pop(machine)].reverse();
      setItems(top(machine), items);
    },
    u: (machine) => {
      const items = popToMark(machine);
      setItems(top(machine), items);
    },
    "\x8f": value(() => new Set()),
    "\x90": (machine) => {
      const items = popToMark(machine);
      const set = top(machine);
      if (!(set instanceof Set)) throw new Unreadable("it adds to a value that is not a set");
      for (const item of items) set.add(item);
    },
    "\x91": container((items) => new Set(items)),
    // The stack and the memo
    "0": pop,
    "2": (machine) => void machine.stack.push(top(machine)),
    "(": ({ marks, stack }) => void marks.push(stack.length),
    "1": popToMark,
    g: get((input) => parseIndex(input.line())),
    h: get((input) => input.unsigned(1)),
    j: get((input) => input.unsigned(4)),
    p: put((input) => parseIndex(input.line())),
    q: put((input) => input.unsigned(1)),
    r: put((input) => input.unsigned(4)),
    "\x94": (machine) => void machine.memo.set(machine.memo.size, top(machine)),
    // Names, and objects made of them
    c: (machine) => {
      const name = `${machine.input.line()}.${machine.input.line()}`;
      machine.stack.push(named(machine, name));
    },
    "\x93": (machine) => {
      const [name, module] = [pop(machine), pop(machine)];
      machine.stack.push(named(machine, `${string(module)}.${string(name)}`));
    },
    R: (machine) => {
      const [args, callable] = [pop(machine), pop(machine)];
      if (!isKind(callable, "named") || !Array.isArray(args)) {
        throw new Unreadable("it calls a value that is not a name");
      }
      const made = machine.dialect.make(callable.name, args);
      spend(machine, made);
      machine.stack.push(made);
    },
    b: (machine) => {
      const state = pop(machine);
      machine.dialect.setState(top(machine), state);
      spend(machine, top(machine));
    },
    i: ({ input, dialect }) => {
      dialect.checkName(`${input.line()}.${input.line()}`);
      input.refuse("it holds an object of a class, which is no plain data");
    },
    o: refused("an object of a class"),
    "\x81": refused("an object of a class"),
    "\x92": refused("an object of a class"),
    P: refused("a reference to data stored elsewhere"),
    Q: (machine) => {
      const { input, dialect } = machine;
      if (!dialect.stored) input.refuse("it holds a reference to data stored elsewhere, which is no plain data");
      else machine.stack.push(dialect.stored(pop(machine)));
    },
    "\x82": refused("an object of a registered extension"),
    "\x83": refused("an object of a registered extension"),
    "\x84": refused("an object of a registered extension"),
    // Protocol and frames
    "\x80": ({ input }) => {
      const protocol = input.unsigned(1);
      if (protocol > 5) input.refuse(`protocol ${protocol} is unknown; 0 to 5 are supported`);
    },
    "\x95": ({ input }) => {
      const bytes = input.unsigned(8);
      if (bytes > input.left()) input.refuse(`it announces ${counted(bytes, "byte")}, and ${input.left()} are left`);
    },
  }).map(([code, run]) => [code.charCodeAt(0), run]),
);

/** Pops the top value, which must lie above the last mark. */
function pop(machine: Machine): PythonValue {
  const { stack, marks, input } = machine;
  if (stack.length <= (marks.at(-1) ?? 0)) input.refuse("it pops from an empty stack");
  return stack.pop()!;
}

function top(machine: Machine): PythonValue {
  const item = pop(machine);
  machine.stack.push(item);
  return item;
}

function popToMark({ stack, marks, input }: Machine): PythonValue[] {
  return stack.splice(marks.pop() ?? input.refuse("it ends a list that was not begun"));
}

function spend(machine: Machine, made: PythonValue): void {
  machine.budget -= Array.isArray(made) || typeof made === "string"
    ? made.length
    : made instanceof Map || made instanceof Set
    ? made.size
    : isKind(made, "array")
    ? made.data.length
    : 0;
  if (machine.budget < 0) machine.input.refuse("it constructs more elements than it has bytes");
}

function append(machine: Machine, items: PythonValue[]): void {
  const list = top(machine);
  if (!Array.isArray(list)) machine.input.refuse("it appends to a value that is not a list");
  for (const item of items) list.push(item);
}

/** Sets entries from a list of alternating keys and values. */
function setItems(dictionary: PythonValue, items: PythonValue[]): PythonValue {
  if (!(dictionary instanceof Map)) throw new Unreadable("it sets an entry of a value that is not a dictionary");
  if (items.length % 2 === 1) throw new Unreadable("a key has no value");
  for (let i = 0; i < items.length; i += 2) dictionary.set(items[i]!, items[i + 1]!);
  return dictionary;
}

function named({ dialect }: Machine, name: string): PythonValue {
  dialect.checkName(name);
  return { kind: "named", name };
}

function string(value: PythonValue): string {
  if (typeof value !== "string") throw new Unreadable("a name is not a string");
  return value;
}

function utf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Unreadable("a text is not UTF-8");
  }
}
