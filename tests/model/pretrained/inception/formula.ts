/** Weights and pictures that follow from names and indices; reference.py has the same formula. */
import type { StoredTensor } from "../../../../src/formats/safetensors.ts";

/** Numbers in [-1, 1) on a grid of 2⁻³¹: FNV-1a of the name, and MurmurHash3's finaliser over the index. */
export function noise(name: string, n: number): Float64Array {
  const start = new TextEncoder().encode(name).reduce((h, byte) => Math.imul(h ^ byte, 0x01000193), 0x811c9dc5);
  return Float64Array.from({ length: n }, (_, i) => {
    let h = Math.imul(i, 0x9e3779b9) + start;
    h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
    return ((h ^ (h >>> 16)) >>> 0) / 2 ** 31 - 1;
  });
}

/** Weights that keep activations near one: He's variance for kernels, all of BatchNorm away from 0 and 1. */
export function weights(name: string, shape: number[]): StoredTensor {
  const u = noise(name, shape.reduce((a, b) => a * b, 1));
  const of = shape.length >= 4
    ? scaled(Math.sqrt(6 / shape.slice(1).reduce((a, b) => a * b, 1)))
    : name.endsWith(".weight")
    ? (u: number) => 1 + 0.25 * u
    : name.endsWith(".running_var")
    ? (u: number) => 1.1 + 0.5 * u
    : scaled(0.25);
  return { dtype: "F32", shape, data: Float32Array.from(u, of) };
}

const scaled = (factor: number) => (u: number) => factor * u;
