/**
 * Compile options: XLA's flags for one device, encoded as the CompileOptionsProto that a plugin takes with a program.
 *
 * Flags go with each compilation (`env_option_overrides`) and never through the XLA_FLAGS of the process, which a
 * plugin reads once and from which it aborts on a name it does not know.
 */
import { fail } from "../../base/errors.ts";

/** XLA's debug options by name, e.g. `{ xla_gpu_deterministic_ops: true }`. */
export type Flags = Record<string, boolean | number | string>;

/** Names further flags for every program, e.g. `STORYLOOM_XLA_FLAGS="xla_backend_optimization_level=2,xla_x=true"`. */
export const flagsVariable = "STORYLOOM_XLA_FLAGS";

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
