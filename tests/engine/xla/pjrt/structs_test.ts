import { assert, assertEquals } from "@std/assert";
import { layoutOf, struct, type StructName } from "../../../../src/engine/xla/pjrt/structs.ts";

/** sizeof, as a C compiler prints it for pjrt_c_api.h 0.81, and the offsets of some fields. */
const measured: [StructName, number, Record<string, number>][] = [
  ["PJRT_Client_Create_Args", 88, { create_options: 16, client: 64 }],
  ["PJRT_Client_BufferFromHostBuffer_Args", 120, {
    data: 24,
    type: 32,
    dims: 40,
    host_buffer_semantics: 72,
    buffer: 112,
  }],
  ["PJRT_ExecuteOptions", 112, { launch_id: 48, non_donatable_input_indices: 56, incarnation_ids: 104 }],
  ["PJRT_LoadedExecutable_Execute_Args", 80, { executable: 16, execute_device: 72 }],
  ["PJRT_Buffer_ToHostBuffer_Args", 56, { src: 16, event: 48 }],
  ["PJRT_Program", 48, { code: 16, format_size: 40 }],
  ["PJRT_Client_Compile_Args", 56, { executable: 48 }],
  ["PJRT_LoadedExecutable_GetExecutable_Args", 32, { executable: 24 }],
  ["PJRT_Executable_Serialize_Args", 56, { serialized_bytes: 24, serialized_executable_deleter: 48 }],
  ["PJRT_Executable_DeserializeAndLoad_Args", 64, {
    loaded_executable: 40,
    overridden_serialized_compile_options_size: 56,
  }],
];

for (const [name, size, fields] of measured) {
  Deno.test(`layoutOf(${name}) agrees with the C compiler`, () => {
    const layout = layoutOf(name);
    assertEquals(Math.ceil(layout.size / 8) * 8, size);
    for (const [field, offset] of Object.entries(fields)) assertEquals(layout.offsets[field], offset, field);
  });
}

Deno.test("struct() writes its own size first and zero where nothing is given", () => {
  const args = struct("PJRT_Client_BufferFromHostBuffer_Args", { client: 0x1234n, type: 11, num_dims: 3 });
  const view = new DataView(args.bytes.buffer);
  assertEquals(view.getBigUint64(0, true), BigInt(args.bytes.length));
  assert(args.bytes.length >= 120);
  assertEquals(args.get("client"), 0x1234n);
  assertEquals(view.getInt32(32, true), 11);
  assertEquals(args.get("num_dims"), 3n);
  assertEquals(args.get("buffer"), 0n);
});

Deno.test("struct() points to an array's memory, and to nothing for an empty one", () => {
  const values = Float32Array.of(1, 2);
  const args = struct("PJRT_Client_BufferFromHostBuffer_Args", { data: values, dims: new BigInt64Array(0) });
  assertEquals(args.get("data"), Deno.UnsafePointer.value(Deno.UnsafePointer.of(values)));
  assertEquals(args.get("dims"), 0n);
});
