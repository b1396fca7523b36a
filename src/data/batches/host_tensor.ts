/** Tensors as plain arrays, which a data loader passes from its thread to the engine. */

export interface HostTensor {
  data: Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer>;
  shape: number[];
}

/** A batch by field: `images`, `tokens`, `mask`, `labels`, `targets`, `classes`. */
export type HostBatch = Record<string, HostTensor>;
