/// <reference no-default-lib="true" />
/// <reference lib="deno.worker" />
/** A helper of `drawAll`: takes draws from the shared list and leaves their numbers in shared memory. */
import { type DrawTask, startsOf, takeDraws } from "./normals.ts";

self.onmessage = ({ data: task }: MessageEvent<DrawTask>) => {
  const starts = startsOf(task.draws);
  takeDraws(task, (i, values) => task.values.set(values, starts[i]!));
};
