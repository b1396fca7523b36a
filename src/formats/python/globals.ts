/**
 * The names that a pickle may use, and the value that each constructs.
 *
 * In Python a pickle can call any function; here it calls none. The names below stand for plain containers and NumPy
 * arrays, which are constructed by this file. Any other name is refused.
 */
import { decodeArray, elementCount, parseDtype, Unreadable } from "./dtype.ts";
import { type Dtype, isKind, latin1Bytes, type NumpyArray, type PythonValue } from "./values.ts";

type Maker = (args: PythonValue[]) => PythonValue;

/** The names and references that a kind of pickle may use. */
export interface Dialect {
  /** @throws Unreadable unless the name is on the list. */
  checkName(name: string): void;
  /** The value of `name(*args)` for a checked name. @throws Unreadable when the arguments do not fit. */
  make(name: string, args: PythonValue[]): PythonValue;
  /** Does `target.__setstate__(state)`. @throws Unreadable when the target has no state, or the state does not fit. */
  setState(target: PythonValue, state: PythonValue): void;
  /** The value of a reference to data outside the pickle; without this function such references are refused. */
  stored?(id: PythonValue): PythonValue;
}

/** Plain containers and NumPy arrays. */
export const plainData: Dialect = { checkName, make: (name, args) => makers.get(name)!(args), setState };

function checkName(name: string): void {
  if (makers.has(name)) return;
  throw new Unreadable(
    `it uses Python's "${name.slice(0, 80)}", which is no plain data and is never run; ` +
      `save the file again with numbers, strings, lists, dictionaries and arrays only`,
  );
}

const makers = new Map<string, Maker>();
for (const builtins of ["builtins", "__builtin__"]) { // Python 3 and Python 2
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
makers.set("collections.defaultdict", () => new Map()); // its argument, which makes missing entries, is not needed
makers.set("_codecs.encode", encode);
makers.set("numpy.ndarray", () => refuse("an array made by a call of ndarray"));
makers.set("numpy.dtype", ([text]) => parseDtype(string(text)));
for (const core of ["numpy.core", "numpy._core"]) { // NumPy 1 and NumPy 2
  makers.set(`${core}.multiarray._reconstruct`, (): NumpyArray => ({ kind: "array", shape: [0], data: [] }));
  makers.set(`${core}.multiarray.scalar`, scalar);
  makers.set(`${core}.numeric._frombuffer`, fromBuffer);
}

/** Sets the state of an array or of a dtype. */
function setState(target: PythonValue, state: PythonValue): void {
  if (!Array.isArray(state)) refuse("a state that is not a tuple");
  if (isKind(target, "dtype")) return setDtypeState(target, state);
  if (!isKind(target, "array")) refuse("an object with a state of its own");
  const [shape, dtype, fortran, content] = state.slice(-4); // some files have a version before them
  target.shape = shapeOf(shape);
  target.data = Array.isArray(content)
    ? objects(target.shape, dtypeOf(dtype), content) // always in C order
    : decodeArray(dtypeOf(dtype), target.shape, latin1Bytes(string(content)), fortran === true || fortran === 1);
}

/** Sets a dtype's state: version, byte order, structure fields, size and more. */
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

/** `_codecs.encode(text, "latin1")`: the form of Python 3's byte strings in protocols 0 to 2. */
function encode([text, encoding]: PythonValue[]): string {
  if (encoding !== "latin1") refuse("an encoding other than Latin-1");
  return string(text);
}

/** The elements of an iterable argument; none when it is omitted. */
function elements(value: PythonValue | undefined): PythonValue[] | Set<PythonValue> {
  if (value === undefined) return [];
  return Array.isArray(value) || value instanceof Set
    ? value
    : refuse("a container made from something other than a list");
}

function dictionary(pairs: PythonValue | undefined): Map<PythonValue, PythonValue> {
  if (pairs instanceof Map) return new Map(pairs);
  const entries = [...elements(pairs)].map((pair): [PythonValue, PythonValue] =>
    Array.isArray(pair) && pair.length === 2
      ? [pair[0]!, pair[1]!]
      : refuse("a dictionary made from something other than pairs")
  );
  return new Map(entries);
}

function shapeOf(value: PythonValue | undefined): number[] {
  if (!Array.isArray(value) || value.length > 32) refuse("an array without a shape");
  elementCount(value);
  return value as number[]; // checked by elementCount
}

function dtypeOf(value: PythonValue | undefined): Dtype {
  return isKind(value, "dtype") ? value : refuse("an array without an element type");
}

function string(value: PythonValue | undefined): string {
  return typeof value === "string" ? value : refuse("another value where a string is expected");
}

function number(value: PythonValue | undefined): number {
  return typeof value === "number" ? value : refuse("another value where a number is expected");
}

function refuse(what: string): never {
  throw new Unreadable(`it holds ${what}`);
}
