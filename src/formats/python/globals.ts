/**
 * The only names a pickle may use, and what each makes.
 *
 * A pickle is a program that can call any function of Python's; here it calls nothing. These names stand for plain
 * containers and numpy's arrays, which are made by code of ours, and any other name is refused.
 */
import { decodeArray, elementCount, parseDtype, Unreadable } from "./dtype.ts";
import { type Dtype, isKind, latin1Bytes, type NumpyArray, type PythonValue } from "./values.ts";

type Maker = (args: PythonValue[]) => PythonValue;

/** What a kind of pickle may hold. */
export interface Dialect {
  /** @throws Unreadable unless the name is on the list. */
  checkName(name: string): void;
  /** `name(*args)` of a checked name. @throws Unreadable when it cannot take these arguments. */
  make(name: string, args: PythonValue[]): PythonValue;
  /** `target.__setstate__(state)`. @throws Unreadable when the target has no state, or the state is odd. */
  setState(target: PythonValue, state: PythonValue): void;
  /** What a reference to something outside of the pickle stands for; without it, such references are refused. */
  stored?(id: PythonValue): PythonValue;
}

/** Plain containers and numpy's arrays. */
export const plainData: Dialect = { checkName, make: (name, args) => makers.get(name)!(args), setState };

function checkName(name: string): void {
  if (makers.has(name)) return;
  throw new Unreadable(
    `it asks for Python's "${name.slice(0, 80)}", which is no plain data and is never run; ` +
      `save the file again with numbers, strings, lists, dictionaries and arrays only`,
  );
}

const makers = new Map<string, Maker>();
for (const builtins of ["builtins", "__builtin__"]) { // Python 3's and Python 2's
  makers.set(`${builtins}.list`, ([items]) => [...elements(items)]);
  makers.set(`${builtins}.tuple`, ([items]) => [...elements(items)]);
  makers.set(`${builtins}.set`, ([items]) => new Set(elements(items)));
  makers.set(`${builtins}.frozenset`, ([items]) => new Set(elements(items)));
  makers.set(`${builtins}.dict`, ([pairs]) => dictionary(pairs));
  makers.set(`${builtins}.bytearray`, ([text]) => text === undefined ? "" : string(text));
  makers.set(`${builtins}.bytes`, ([text]) => text === undefined ? "" : string(text));
  makers.set(`${builtins}.complex`, ([re, im]) => ({ kind: "complex", re: number(re), im: number(im) }));
}
makers.set("collections.OrderedDict", ([pairs]) => dictionary(pairs));
makers.set("collections.Counter", ([pairs]) => dictionary(pairs));
makers.set("collections.defaultdict", () => new Map()); // its argument makes what is missing; nothing is, in a file
makers.set("_codecs.encode", encode);
makers.set("numpy.ndarray", () => refuse("an array that is called, not reconstructed"));
makers.set("numpy.dtype", ([text]) => parseDtype(string(text)));
for (const core of ["numpy.core", "numpy._core"]) { // numpy 1's and numpy 2's
  makers.set(`${core}.multiarray._reconstruct`, (): NumpyArray => ({ kind: "array", shape: [0], data: [] }));
  makers.set(`${core}.multiarray.scalar`, scalar);
  makers.set(`${core}.numeric._frombuffer`, fromBuffer);
}

/** The state of an array or its type. */
function setState(target: PythonValue, state: PythonValue): void {
  if (!Array.isArray(state)) refuse("a state that is no tuple");
  if (isKind(target, "dtype")) return setDtypeState(target, state);
  if (!isKind(target, "array")) refuse("an object with a state of its own");
  const [shape, dtype, fortran, content] = state.slice(-4); // a version may stand before them
  target.shape = shapeOf(shape);
  target.data = Array.isArray(content)
    ? objects(target.shape, dtypeOf(dtype), content) // in C order whatever `fortran` says
    : decodeArray(dtypeOf(dtype), target.shape, latin1Bytes(string(content)), fortran === true || fortran === 1);
}

/** A dtype's state: version, byte order, parts of structures, size and more. */
function setDtypeState(dtype: Dtype, [, order, subarray, names, fields, size]: PythonValue[]): void {
  if (subarray !== null || names !== null || fields !== null) refuse("an array of structures");
  dtype.littleEndian = order !== ">";
  if (dtype.type !== "S" && dtype.type !== "U") return;
  const unit = dtype.type === "U" ? 4 : 1;
  if (typeof size !== "number" || !(size >= 0) || size % unit !== 0) refuse("strings of an impossible length");
  dtype.size = size;
}

function objects(shape: number[], { type }: Dtype, content: PythonValue[]): PythonValue[] {
  if (type === "O" && elementCount(shape) === content.length) return content;
  refuse(`an array [${shape.join(", ")}] with ${content.length} objects`);
}

function scalar([dtype, raw]: PythonValue[]): PythonValue {
  const type = dtypeOf(dtype);
  if (type.type === "O") return raw ?? null;
  const value = decodeArray(type, [1], latin1Bytes(string(raw)), false)[0]!;
  return type.type === "b" ? value === 1 : value;
}

function fromBuffer([buffer, dtype, shape, order]: PythonValue[]): NumpyArray {
  const sides = shapeOf(shape);
  const data = decodeArray(dtypeOf(dtype), sides, latin1Bytes(string(buffer)), order === "F");
  return { kind: "array", shape: sides, data };
}

/** `_codecs.encode(text, "latin1")` is how protocols 0 to 2 write the byte strings of Python 3. */
function encode([text, encoding]: PythonValue[]): string {
  if (encoding !== "latin1") refuse("an encoding other than Latin-1");
  return string(text);
}

/** The objects of an iterable argument; none when it is left out. */
function elements(value: PythonValue | undefined): PythonValue[] | Set<PythonValue> {
  if (value === undefined) return [];
  return Array.isArray(value) || value instanceof Set ? value : refuse("a container made from what is no list");
}

function dictionary(pairs: PythonValue | undefined): Map<PythonValue, PythonValue> {
  if (pairs instanceof Map) return new Map(pairs);
  const entries = [...elements(pairs)].map((pair): [PythonValue, PythonValue] =>
    Array.isArray(pair) && pair.length === 2 ? [pair[0]!, pair[1]!] : refuse("a dictionary from other than pairs")
  );
  return new Map(entries);
}

function shapeOf(value: PythonValue | undefined): number[] {
  if (!Array.isArray(value) || value.length > 32) refuse("an array without a shape");
  elementCount(value);
  return value as number[]; // as elementCount has found
}

function dtypeOf(value: PythonValue | undefined): Dtype {
  return isKind(value, "dtype") ? value : refuse("an array without a type of its elements");
}

function string(value: PythonValue | undefined): string {
  return typeof value === "string" ? value : refuse("something else where a string belongs");
}

function number(value: PythonValue | undefined): number {
  return typeof value === "number" ? value : refuse("something else where a number belongs");
}

function refuse(what: string): never {
  throw new Unreadable(`it holds ${what}`);
}
