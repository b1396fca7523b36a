/** Tensors as plain arrays: what a data loader hands over from its thread, before an engine has them. */

export interface HostTensor {
  data: Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer>;
  shape: number[];
}

/** A batch by field: `images`, `tokens`, `mask`, `labels`, `targets`, `classes`. */
export type HostBatch = Record<string, HostTensor>;
