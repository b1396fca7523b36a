/** Five hundred steps leave as much behind as ten do: nothing. */
import { assert, assertEquals } from "@std/assert";
import { random } from "../../../src/base/random.ts";
import { disposeTree, jit, type State, type Tensor, tf, valueAndGradients } from "../../../src/engine/mod.ts";
import { test } from "./on_xla.ts";

/** All that tfjs and the engine count. */
const counts = (): Record<string, unknown> => ({ ...tf.memory(), handles: tf.engine().backend.numDataIds() });

/** A step of gradient descent with momentum on a convolution; `velocity` and `weights` are carried. */
function step(carry: { weights: State; velocity: State }, x: Tensor, rate: Tensor) {
  const loss = (learnt: State): [Tensor, State] => {
    const y = tf.add(tf.conv2d(x as tf.Tensor4D, learnt.kernel as tf.Tensor4D, 2, "same"), learnt.bias!); // [B, 8, 8, 4]
    return [tf.mean(tf.square(tf.sub(tf.tanh(y), 0.5))), {}];
  };
  const { value, gradients } = valueAndGradients(loss, carry.weights);
  const next = (f: (name: string) => Tensor): State => ({ kernel: f("kernel"), bias: f("bias") });
  const velocity = next((name) => tf.add(tf.mul(carry.velocity[name]!, 0.9), gradients[name]!));
  const weights = next((name) => tf.sub(carry.weights[name]!, tf.mul(velocity[name]!, rate)));
  return { carry: { weights, velocity }, loss: value };
}

test("500 steps, with pictures sent and values read in each, leave nothing behind", async () => {
  const before = counts();
  const noise = random(1, "leak");
  const start = (): State => ({ kernel: tf.tensor(noise.normals(108, 0, 0.1), [3, 3, 3, 4]), bias: tf.zeros([4]) });
  const takeStep = jit(step, { name: "leak", donate: [0] });
  const pictures = noise.normals(24 * 16 * 16 * 3); // 72 KiB: sent at once, where small values wait
  let carry = { weights: start(), velocity: start() };
  const losses: number[] = [];
  const marks: ReturnType<typeof counts>[] = [];
  for (let i = 1; i <= 500; i++) {
    const x = tf.tensor(pictures, [24, 16, 16, 3]);
    const rate = tf.scalar(0.1);
    const result = takeStep(carry, x, rate);
    carry = result.carry;
    // What a notebook does between steps: a look at a weight by lazy operations, one of them never read.
    const unread = tf.tidy(() => tf.mul(carry.weights.kernel!, 2));
    const size = tf.tidy(() => tf.sqrt(tf.sum(tf.square(carry.weights.kernel!))));
    const [loss] = i % 2 ? await result.loss.data() : result.loss.dataSync();
    losses.push(loss!, size.dataSync()[0]!);
    disposeTree([x, rate, result.loss, unread, size]);
    if (i === 10 || i === 250 || i === 500) marks.push(counts());
  }
  assertEquals(marks[1], marks[0]);
  assertEquals(marks[2], marks[0]);
  assert(losses.every(Number.isFinite) && losses.at(-2)! < losses[0]!);
  disposeTree(carry);
  takeStep.dispose();
  // A program outside jit stays for the next time.
  assertEquals({ ...counts(), numPrograms: 0 }, { ...before, numPrograms: 0 });
});
