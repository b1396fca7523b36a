/** numpy's .npy files, written: a float32 matrix for other programs. */

/** A matrix [rows, width] as a .npy file of version 1.0, little-endian float32. */
export function encodeNpy(values: Float32Array, width: number): Uint8Array {
  const shape = `(${values.length / width}, ${width})`;
  const told = `{'descr': '<f4', 'fortran_order': False, 'shape': ${shape}, }`;
  // The numbers start at a multiple of 64, after the line's end.
  const start = Math.ceil((10 + told.length + 1) / 64) * 64;
  const bytes = new Uint8Array(start + 4 * values.length);
  const view = new DataView(bytes.buffer);
  bytes.set([0x93, ...new TextEncoder().encode("NUMPY"), 1, 0]);
  view.setUint16(8, start - 10, true);
  bytes.set(new TextEncoder().encode(told.padEnd(start - 10 - 1) + "\n"), 10);
  values.forEach((value, i) => view.setFloat32(start + 4 * i, value, true));
  return bytes;
}
