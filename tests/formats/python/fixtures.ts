/** The files that make_fixtures.py wrote, and our values in the form of its JSON. */
import { gunzipSync } from "node:zlib";
import { isKind, type PythonValue } from "../../../src/formats/python/values.ts";

interface Fixtures {
  pickle: { files: Record<string, string>; value: unknown };
  npy: Record<string, { bytes: string; value: unknown }>;
  pororo: Record<string, string>;
}

/** Who wrote the files. */
export const writers = ["python2", "numpy1", "numpy2"] as const;
export type Writer = typeof writers[number];

export function fixtures(writer: Writer): Fixtures {
  return JSON.parse(Deno.readTextFileSync(new URL(`${writer}.json`, import.meta.url)));
}

export function unpack(base64: string): Uint8Array {
  return new Uint8Array(gunzipSync(Uint8Array.fromBase64(base64)));
}

/** As `plain` of make_fixtures.py has it. */
export function plain(value: PythonValue): unknown {
  if (typeof value === "bigint") return { int: String(value) };
  if (typeof value === "number" && !Number.isFinite(value)) {
    return { float: String(value).replace("Infinity", "inf").toLowerCase() };
  }
  if (Array.isArray(value)) return value.map(plain);
  if (value instanceof Map) return { dict: [...value].map(([key, entry]) => [plain(key), plain(entry)]) };
  if (value instanceof Set) return { set: [...value].map(plain).sort() };
  if (isKind(value, "array")) return { array: value.shape, data: [...value.data].map(plain) };
  if (isKind(value, "complex")) return { complex: [value.re, value.im] };
  return value;
}
