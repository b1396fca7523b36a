/// <reference no-default-lib="true" />
/// <reference lib="deno.worker" />
/** A worker of `drawAll`: takes draws from the shared list and writes their numbers into shared memory. */
import { type DrawTask, startsOf, takeDraws } from "./normals.ts";

self.onmessage = ({ data: task }: MessageEvent<DrawTask>) => {
  const starts = startsOf(task.draws);
  takeDraws(task, (i, values) => task.values.set(values, starts[i]!));
};
