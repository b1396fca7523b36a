/** Frames of a batch as stories: N = B·T rows, the frames of a story one after another. */
import { type Tensor, tf } from "../../../engine/mod.ts";

/** The mean over the frames of each story: [B·T, ...] → [B, ...]. */
export function meanOfFrames(x: Tensor, stories: number): Tensor {
  return tf.mean(x.reshape([stories, -1, ...x.shape.slice(1)]), 1);
}

/** The rows of the next story of the batch in place of each one's own, the first story's for the last [B·R, ...]. */
export function nextStory(x: Tensor, stories: number): Tensor {
  return roll(x, x.shape[0]! / stories);
}

/** Stories whose frames are of different stories: frame t of story b + t in place of frame t of story b [B·T, ...]. */
export function mixStories(x: Tensor, stories: number): Tensor {
  const rest = x.shape.slice(1);
  const byFrame = tf.unstack(x.reshape([stories, -1, ...rest]), 1); // T times [B, ...]
  return tf.stack(byFrame.map((frame, t) => roll(frame, t % stories)), 1).reshape(x.shape);
}

/** Rows moved up by `count`, the first ones to the end. */
function roll(x: Tensor, count: number): Tensor {
  if (count === 0) return x;
  const rows = x.shape[0]!;
  const rest = x.shape.slice(1);
  const start = (at: number) => [at, ...rest.map(() => 0)];
  return tf.concat([tf.slice(x, start(count), [rows - count, ...rest]), tf.slice(x, start(0), [count, ...rest])], 0);
}
