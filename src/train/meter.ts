/** Speed and memory between two log lines, without the time for samples, validation and checkpoints. */
import { tf } from "../engine/mod.ts";

/** What {@link startMeter} measures. */
export interface Meter {
  /** Runs work that is not training; its time is not counted. */
  aside<T>(work: () => Promise<T>): Promise<T>;
  /** Numbers since the last reading; `step` is the last step that is done. */
  read(step: number): Record<string, number>;
}

/** Starts measuring after step `done`; a step takes `images` frames. */
export function startMeter(done: number, images: number): Meter {
  let [since, last] = [performance.now(), done];
  return {
    async aside(work) {
      const start = performance.now();
      try {
        return await work();
      } finally {
        since += performance.now() - start;
      }
    },
    read(step) {
      const seconds = (performance.now() - since) / 1000;
      const { numTensors, numBytes } = tf.memory();
      const values = {
        seconds_per_step: seconds / (step - last),
        images_per_second: (images * (step - last)) / seconds,
        rss_bytes: Deno.memoryUsage().rss,
        tensors: numTensors,
        tensor_bytes: numBytes,
      };
      [since, last] = [performance.now(), step];
      return values;
    },
  };
}
