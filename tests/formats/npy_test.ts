import { assertEquals } from "@std/assert";
import { encodeNpy } from "../../src/formats/npy.ts";

Deno.test("encodeNpy() writes what numpy writes", () => {
  const bytes = encodeNpy(Float32Array.of(1, -2, 0.5, 3, 4, 1e-7), 3);
  const header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }".padEnd(117) + "\n";
  assertEquals(new TextDecoder("latin1").decode(bytes.subarray(1, 6)), "NUMPY");
  assertEquals([...bytes.subarray(0, 1), ...bytes.subarray(6, 10)], [0x93, 1, 0, 118, 0]);
  assertEquals(new TextDecoder().decode(bytes.subarray(10, 128)), header);
  assertEquals([...new Float32Array(bytes.slice(128).buffer)], [...Float32Array.of(1, -2, 0.5, 3, 4, 1e-7)]);
});
