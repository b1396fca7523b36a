/**
 * A PJRT plugin, opened over Deno's foreign function interface.
 *
 * Every function of the C API takes one struct and returns an error or null. `call` packs nothing and knows no
 * function in particular; what the functions mean is said in `device.ts`.
 */
import { fail, UserError } from "../../../base/errors.ts";
import { checkProcessor, failLoading } from "./loading.ts";
import { apiTable, functions, headerVersion, type Struct, struct, type StructName } from "./structs.ts";

type FunctionName = keyof typeof functions;
type Call = Deno.UnsafeFnPointer<{ parameters: ["buffer"]; result: "pointer" }>;
type SlowCall = Deno.UnsafeFnPointer<{ parameters: ["buffer"]; result: "pointer"; nonblocking: true }>;

/** An opened plugin. */
export interface Plugin {
  path: string;
  /** The plugin's own PJRT C API version. */
  version: { major: number; minor: number };
  /** Calls an API function with its struct; throws XLA's own message where it fails. */
  call(name: FunctionName, args: Struct<StructName>): void;
  /** The same on another thread, so that the event loop goes on meanwhile. */
  callAsync(name: FunctionName, args: Struct<StructName>): Promise<void>;
  /** Frees what a call handed out, by the function that came with it. */
  free(deleter: bigint, object: bigint): void;
}

/** What XLA itself said, with its `PJRT_Error_Code`; the caller adds what was being done. */
export class XlaError extends Error {
  override name = "XlaError";
  constructor(message: string, readonly code = 0) {
    super(message);
  }
}

/** Reads `length` bytes of text at an address that C gave. */
export function readText(address: bigint, length: bigint): string {
  if (address === 0n || length === 0n) return "";
  return new TextDecoder().decode(readBytes(address, length));
}

/** Copies `length` bytes from an address that C gave. */
export function readBytes(address: bigint, length: bigint): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(Number(length));
  if (bytes.length > 0) new Deno.UnsafePointerView(Deno.UnsafePointer.create(address)!).copyInto(bytes);
  return bytes;
}

/** Reads a C array of pointers. */
export function readPointers(address: bigint, count: number): bigint[] {
  const view = new Deno.UnsafePointerView(Deno.UnsafePointer.create(address)!);
  return Array.from({ length: count }, (_, i) => view.getBigUint64(8 * i));
}

/**
 * Loads a plugin library and its table of functions.
 *
 * @throws UserError if the file cannot be loaded, is no PJRT plugin, or speaks an incompatible API version.
 */
export function openPlugin(path: string): Plugin {
  const table = loadTable(path);
  const version = {
    major: table.getInt32(apiTable.majorOffset),
    minor: table.getInt32(apiTable.minorOffset),
  };
  if (version.major !== headerVersion.major || version.minor < headerVersion.minor) {
    fail(
      `The XLA plugin ${path} speaks PJRT API ${version.major}.${version.minor}, but ${headerVersion.major}.` +
        `${headerVersion.minor} or a later minor version is needed; run \`deno task setup\` to install the pinned one.`,
    );
  }
  const calls = new Map<FunctionName, Call>();
  const slowCalls = new Map<FunctionName, SlowCall>();
  // `never`: the pointer's type is not ours to know, and it must fit either signature.
  const entry = (name: FunctionName) => table.getPointer(apiTable.start + 8 * functions[name]) as never;

  // Structs under way. Their memory is in C's hands, which the garbage collector cannot know.
  const pinned = new Set<Struct<StructName>>();

  function raw(name: FunctionName, args: Struct<StructName>): Deno.PointerValue {
    let f = calls.get(name);
    if (!f) {
      f = new Deno.UnsafeFnPointer(entry(name), { parameters: ["buffer"], result: "pointer" });
      calls.set(name, f);
    }
    pinned.add(args);
    const error = f.call(args.bytes);
    pinned.delete(args);
    return error;
  }
  function check(error: Deno.PointerValue): void {
    if (error === null) return;
    const address = Deno.UnsafePointer.value(error);
    const message = struct("PJRT_Error_Message_Args", { error: address });
    raw("PJRT_Error_Message", message);
    const text = readText(message.get("message"), message.get("message_size"));
    const code = struct("PJRT_Error_GetCode_Args", { error: address });
    raw("PJRT_Error_GetCode", code);
    raw("PJRT_Error_Destroy", struct("PJRT_Error_Destroy_Args", { error: address }));
    throw new XlaError(text, Number(code.get("code") & 0xffffffffn));
  }
  const plugin: Plugin = {
    path,
    version,
    call: (name, args) => check(raw(name, args)),
    free(deleter, object) {
      const f = Deno.UnsafePointer.create(deleter) as never;
      new Deno.UnsafeFnPointer(f, { parameters: ["pointer"], result: "void" }).call(Deno.UnsafePointer.create(object));
    },
    async callAsync(name, args) {
      let f = slowCalls.get(name);
      if (!f) {
        f = new Deno.UnsafeFnPointer(entry(name), { parameters: ["buffer"], result: "pointer", nonblocking: true });
        slowCalls.set(name, f);
      }
      pinned.add(args);
      const error = await f.call(args.bytes);
      pinned.delete(args);
      check(error);
    },
  };
  plugin.call("PJRT_Plugin_Initialize", struct("PJRT_Plugin_Initialize_Args"));
  return plugin;
}

/** The `PJRT_Api` struct that the library's one exported function returns. */
function loadTable(path: string): Deno.UnsafePointerView {
  checkProcessor(path);
  try {
    const library = Deno.dlopen(path, { GetPjrtApi: { parameters: [], result: "pointer" } });
    const api = library.symbols.GetPjrtApi();
    if (api === null) fail(`The XLA plugin ${path} returned no PJRT API; run \`deno task setup\` to install it again.`);
    keepLoaded(path);
    return new Deno.UnsafePointerView(api);
  } catch (error) {
    if (error instanceof UserError) throw error;
    failLoading(path, error);
  }
}

/**
 * Keeps a library in memory to the very end: Deno unloads it when the program ends, while XLA's threads still run its
 * code, and the process would then die of a segmentation fault instead of ending with its exit code.
 */
function keepLoaded(path: string): void {
  if (Deno.build.os !== "linux") return;
  const now = 0x2, noDelete = 0x1000; // RTLD_NOW, RTLD_NODELETE of <dlfcn.h>
  for (const library of ["libc.so.6", "libdl.so.2"]) { // dlopen moved from the second to the first with glibc 2.34
    try {
      const { symbols } = Deno.dlopen(library, { dlopen: { parameters: ["buffer", "i32"], result: "pointer" } });
      symbols.dlopen(new TextEncoder().encode(`${path}\0`), now | noDelete);
      return;
    } catch { // not in this one
    }
  }
}
