/**
 * A PJRT plugin, opened over Deno's foreign function interface.
 *
 * Every function of the C API takes a pointer to one struct and returns an error or null. `call` works for any
 * function; `device.ts` and `client.ts` use the functions.
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
  /** Calls an API function with its struct. @throws XlaError with the message of XLA when it fails. */
  call(name: FunctionName, args: Struct<StructName>): void;
  /** The same on another thread, without blocking the event loop. */
  callAsync(name: FunctionName, args: Struct<StructName>): Promise<void>;
  /** Frees an object that a call returned, by the deleter function returned with it. */
  free(deleter: bigint, object: bigint): void;
}

/** An error message of XLA with its `PJRT_Error_Code`. */
export class XlaError extends Error {
  override name = "XlaError";
  constructor(message: string, readonly code = 0) {
    super(message);
  }
}

/** Reads `length` bytes of text at an address in C memory. */
export function readText(address: bigint, length: bigint): string {
  if (address === 0n || length === 0n) return "";
  return new TextDecoder().decode(readBytes(address, length));
}

/** Copies `length` bytes from an address in C memory. */
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
 * @throws UserError when the file cannot be loaded, is no PJRT plugin, or has an incompatible API version.
 */
export function openPlugin(path: string): Plugin {
  const table = loadTable(path);
  const version = {
    major: table.getInt32(apiTable.majorOffset),
    minor: table.getInt32(apiTable.minorOffset),
  };
  if (version.major !== headerVersion.major || version.minor < headerVersion.minor) {
    fail(
      `The XLA plugin ${path} has PJRT API ${version.major}.${version.minor}, but ${headerVersion.major}.` +
        `${headerVersion.minor} or a later minor version is needed; run \`deno task setup\` to install the pinned one.`,
    );
  }
  const calls = new Map<FunctionName, Call>();
  const slowCalls = new Map<FunctionName, SlowCall>();
  // `never`, because the pointer is used with both signatures.
  const entry = (name: FunctionName) => table.getPointer(apiTable.start + 8 * functions[name]) as never;

  // Structs in use by C. References here keep the garbage collector from freeing them.
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

/** The `PJRT_Api` struct, returned by the library's only exported function. */
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
 * Keeps a library loaded until the process ends. Deno unloads it at the end of the program, when XLA's threads still
 * run its code, and the process would crash with a segmentation fault instead of returning its exit code.
 */
function keepLoaded(path: string): void {
  if (Deno.build.os !== "linux") return;
  const now = 0x2, noDelete = 0x1000; // RTLD_NOW, RTLD_NODELETE of <dlfcn.h>
  for (const library of ["libc.so.6", "libdl.so.2"]) { // dlopen moved from the second to the first with glibc 2.34
    try {
      const { symbols } = Deno.dlopen(library, { dlopen: { parameters: ["buffer", "i32"], result: "pointer" } });
      symbols.dlopen(new TextEncoder().encode(`${path}\0`), now | noDelete);
      return;
    } catch { // try the next library
    }
  }
}
