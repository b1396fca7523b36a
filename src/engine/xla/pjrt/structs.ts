/**
 * The C structs of the PJRT API in use, and their layout in bytes.
 *
 * Field order and types follow `pjrt_c_api.h`, API version 0.81. New fields are only added at the end of a struct, and
 * zero is their documented default. Every struct is therefore passed with spare zero bytes at its end: a newer plugin
 * reads zeros in its new fields, an older one ignores them.
 */

/** Version of the C header from which the table below was derived. */
export const headerVersion = { major: 0, minor: 81 };

type Field = "pointer" | "size" | "int64" | "int32" | "bool";
const fieldSize: Record<Field, number> = { pointer: 8, size: 8, int64: 8, int32: 4, bool: 1 };
const spareBytes = 64;

/** Every struct starts with `struct_size` and `extension_start`; the table lists the fields after them. */
const layouts = {
  PJRT_Error_Destroy_Args: { error: "pointer" },
  PJRT_Error_Message_Args: { error: "pointer", message: "pointer", message_size: "size" },
  PJRT_Error_GetCode_Args: { error: "pointer", code: "int32" },
  PJRT_NamedValue: { name: "pointer", name_size: "size", type: "int32", value: "pointer", value_size: "size" },
  PJRT_Plugin_Initialize_Args: {},
  PJRT_Event_Destroy_Args: { event: "pointer" },
  PJRT_Event_IsReady_Args: { event: "pointer", is_ready: "bool" },
  PJRT_Event_Await_Args: { event: "pointer" },
  PJRT_Client_Create_Args: {
    create_options: "pointer",
    num_options: "size",
    kv_get_callback: "pointer",
    kv_get_user_arg: "pointer",
    kv_put_callback: "pointer",
    kv_put_user_arg: "pointer",
    client: "pointer",
    kv_try_get_callback: "pointer",
    kv_try_get_user_arg: "pointer",
  },
  PJRT_Client_Destroy_Args: { client: "pointer" },
  PJRT_Client_PlatformName_Args: { client: "pointer", platform_name: "pointer", platform_name_size: "size" },
  PJRT_Client_PlatformVersion_Args: { client: "pointer", platform_version: "pointer", platform_version_size: "size" },
  PJRT_Client_AddressableDevices_Args: {
    client: "pointer",
    addressable_devices: "pointer",
    num_addressable_devices: "size",
  },
  PJRT_Device_GetDescription_Args: { device: "pointer", device_description: "pointer" },
  PJRT_DeviceDescription_Kind_Args: { device_description: "pointer", device_kind: "pointer", device_kind_size: "size" },
  PJRT_DeviceDescription_ToString_Args: {
    device_description: "pointer",
    to_string: "pointer",
    to_string_size: "size",
  },
  PJRT_Program: { code: "pointer", code_size: "size", format: "pointer", format_size: "size" },
  PJRT_Client_Compile_Args: {
    client: "pointer",
    program: "pointer",
    compile_options: "pointer",
    compile_options_size: "size",
    executable: "pointer",
  },
  PJRT_LoadedExecutable_Destroy_Args: { executable: "pointer" },
  PJRT_LoadedExecutable_GetExecutable_Args: { loaded_executable: "pointer", executable: "pointer" },
  PJRT_Executable_Destroy_Args: { executable: "pointer" },
  PJRT_Executable_Serialize_Args: {
    executable: "pointer",
    serialized_bytes: "pointer",
    serialized_bytes_size: "size",
    serialized_executable: "pointer",
    serialized_executable_deleter: "pointer",
  },
  PJRT_Executable_DeserializeAndLoad_Args: {
    client: "pointer",
    serialized_executable: "pointer",
    serialized_executable_size: "size",
    loaded_executable: "pointer",
    overridden_serialized_compile_options: "pointer",
    overridden_serialized_compile_options_size: "size",
  },
  PJRT_Client_BufferFromHostBuffer_Args: {
    client: "pointer",
    data: "pointer",
    type: "int32",
    dims: "pointer",
    num_dims: "size",
    byte_strides: "pointer",
    num_byte_strides: "size",
    host_buffer_semantics: "int32",
    device: "pointer",
    memory: "pointer",
    device_layout: "pointer",
    done_with_host_buffer: "pointer",
    buffer: "pointer",
  },
  PJRT_Buffer_Destroy_Args: { buffer: "pointer" },
  PJRT_Buffer_ToHostBuffer_Args: {
    src: "pointer",
    host_layout: "pointer",
    dst: "pointer",
    dst_size: "size",
    event: "pointer",
  },
  PJRT_ExecuteOptions: {
    send_callbacks: "pointer",
    recv_callbacks: "pointer",
    num_send_ops: "size",
    num_recv_ops: "size",
    launch_id: "int32",
    non_donatable_input_indices: "pointer",
    num_non_donatable_input_indices: "size",
    context: "pointer",
    call_location: "pointer",
    num_tasks: "size",
    task_ids: "pointer",
    incarnation_ids: "pointer",
  },
  PJRT_LoadedExecutable_Execute_Args: {
    executable: "pointer",
    options: "pointer",
    argument_lists: "pointer",
    num_devices: "size",
    num_args: "size",
    output_lists: "pointer",
    device_complete_events: "pointer",
    execute_device: "pointer",
  },
} as const satisfies Record<string, Record<string, Field>>;

export type StructName = keyof typeof layouts;
type FieldName<S extends StructName> = Extract<keyof (typeof layouts)[S], string>;

/** Memory for C with the objects to which it points. They must outlive the call, so that references are kept here. */
export interface Memory {
  bytes: Uint8Array<ArrayBuffer>;
  references: unknown[];
}

/** Value of a field: a number, an address, or memory whose address is stored. */
type Value = bigint | number | ArrayBufferView<ArrayBuffer> | Memory;

/** A struct in memory that C may read and write. */
export interface Struct<S extends StructName> extends Memory {
  name: S;
  get(field: FieldName<S>): bigint;
}

/** A C array with one element: the address of another array. */
export function pointerTo(array: ArrayBufferView<ArrayBuffer>): Memory {
  return { bytes: new Uint8Array(BigUint64Array.of(addressOf(array)).buffer), references: [array] };
}

/**
 * The address of a typed array's memory, 0 for an empty one. The array must stay referenced while C uses it.
 *
 * The address is taken through `buffer`: V8 stores arrays of up to 64 bytes in its own heap, where the garbage
 * collector may move them, until their buffer is accessed.
 */
export function addressOf({ buffer, byteOffset, byteLength }: ArrayBufferView<ArrayBuffer>): bigint {
  if (byteLength === 0) return 0n;
  return Deno.UnsafePointer.value(Deno.UnsafePointer.of(buffer)) + BigInt(byteOffset);
}

/** Byte offsets of the fields by C's rule: each at a multiple of its own size. `size` is without the spare bytes. */
export function layoutOf(name: StructName): { offsets: Record<string, number>; size: number } {
  const offsets: Record<string, number> = {};
  let end = 16; // struct_size, extension_start
  for (const [field, type] of Object.entries(layouts[name] as Record<string, Field>)) {
    const size = fieldSize[type];
    offsets[field] = Math.ceil(end / size) * size;
    end = offsets[field] + size;
  }
  return { offsets, size: end };
}

const layoutCache = new Map<StructName, ReturnType<typeof layoutOf>>();

/** Lays out a struct; fields not given are zero. */
export function struct<S extends StructName>(
  name: S,
  values: { [F in FieldName<S>]?: Value } = {},
): Struct<S> {
  let layout = layoutCache.get(name);
  if (!layout) layoutCache.set(name, layout = layoutOf(name));
  const { offsets, size } = layout;
  const bytes = new Uint8Array(Math.ceil(size / 8) * 8 + spareBytes);
  const view = new DataView(bytes.buffer);
  const types = layouts[name] as Record<string, Field>;
  view.setBigUint64(0, BigInt(bytes.length), true);
  const references: unknown[] = [];
  for (const [field, value] of Object.entries(values) as [string, Value][]) {
    const at = offsets[field]!;
    if (typeof value === "object") {
      references.push(value);
      view.setBigUint64(at, addressOf("bytes" in value ? value.bytes : value), true);
    } else if (types[field] === "int32") view.setInt32(at, Number(value), true);
    else view.setBigUint64(at, BigInt(value), true);
  }
  return { name, bytes, references, get: (field) => view.getBigUint64(offsets[field]!, true) };
}

/**
 * The functions of `PJRT_Api` in use and their positions, in pointers from the start of the function table (which
 * begins after struct_size, extension_start and the 24-byte version struct).
 */
export const functions = {
  PJRT_Error_Destroy: 0,
  PJRT_Error_Message: 1,
  PJRT_Error_GetCode: 2,
  PJRT_Plugin_Initialize: 3,
  PJRT_Event_Destroy: 5,
  PJRT_Event_IsReady: 6,
  PJRT_Event_Await: 8,
  PJRT_Client_Create: 10,
  PJRT_Client_Destroy: 11,
  PJRT_Client_PlatformName: 12,
  PJRT_Client_PlatformVersion: 14,
  PJRT_Client_AddressableDevices: 16,
  PJRT_Client_Compile: 20,
  PJRT_Client_BufferFromHostBuffer: 22,
  PJRT_DeviceDescription_Kind: 26,
  PJRT_DeviceDescription_ToString: 28,
  PJRT_Device_GetDescription: 29,
  PJRT_Executable_Destroy: 40,
  PJRT_Executable_Serialize: 49,
  PJRT_LoadedExecutable_Destroy: 50,
  PJRT_LoadedExecutable_GetExecutable: 51,
  PJRT_LoadedExecutable_Execute: 55,
  PJRT_Executable_DeserializeAndLoad: 56,
  PJRT_Buffer_Destroy: 58,
  PJRT_Buffer_ToHostBuffer: 70,
} as const;

/** Bytes of `PJRT_Api` before its function table, and the offsets of the version numbers. */
export const apiTable = { start: 40, majorOffset: 32, minorOffset: 36 };

/** `PJRT_Buffer_Type` of the element types in use. */
export const bufferTypes = { i1: 1, i32: 4, f32: 11, f64: 12, bf16: 13 } as const;
