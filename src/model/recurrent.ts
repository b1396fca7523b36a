/**
 * Recurrent layers, unrolled: a GRU over the sentences of a story, a bi-LSTM over the words of a caption.
 *
 * Input products of all steps are one matmul; only the small recurrent product is left inside the loop.
 */
import { type Tensor, tf } from "../engine/mod.ts";
import { get, type Net } from "./net.ts";
import { type Parameter, uniform } from "./parameters.ts";

/** GRU tensors: kernels and two bias vectors for the gates reset, update, new; all uniform ±1/√hidden. */
export function gruParameters(name: string, input: number, hidden: number): Parameter[] {
  const limit = 1 / Math.sqrt(hidden);
  return [
    uniform(`${name}.kernel`, [input, 3 * hidden], limit),
    uniform(`${name}.recurrent`, [hidden, 3 * hidden], limit),
    uniform(`${name}.bias`, [3 * hidden], limit),
    uniform(`${name}.recurrentBias`, [3 * hidden], limit),
  ];
}

/**
 * A GRU.
 *
 * @param inputs [B, T, I]
 * @param start state before the first step [B, H]
 * @returns its states [B, T, H]
 */
export function gru(net: Net, name: string, inputs: Tensor, start: Tensor): Tensor {
  const [batch, steps, width] = inputs.shape as [number, number, number];
  const hidden = start.shape[1]!;
  const projected = tf.add(
    tf.matMul(inputs.reshape([-1, width]), get(net, `${name}.kernel`)),
    get(net, `${name}.bias`),
  );
  const byStep = tf.unstack(projected.reshape([batch, steps, 3 * hidden]), 1);
  const states: Tensor[] = [];
  let state = start;
  for (const input of byStep) {
    const recurrent = tf.add(tf.matMul(state, get(net, `${name}.recurrent`)), get(net, `${name}.recurrentBias`));
    const [inputReset, inputUpdate, inputNew] = tf.split(input, 3, 1) as [Tensor, Tensor, Tensor];
    const [reset, update, fresh] = tf.split(recurrent, 3, 1) as [Tensor, Tensor, Tensor];
    const r = tf.sigmoid(tf.add(inputReset, reset));
    const u = tf.sigmoid(tf.add(inputUpdate, update));
    const n = tf.tanh(tf.add(inputNew, tf.mul(r, fresh)));
    state = tf.add(n, tf.mul(u, tf.sub(state, n))); // (1 − u) n + u h
    states.push(state);
  }
  return tf.stack(states, 1);
}

const DIRECTIONS = ["forward", "backward"] as const;

/** bi-LSTM tensors, `hidden` units a direction: 2·(4h(i + h) + 8h) scalars, uniform ±1/√hidden. */
export function lstmParameters(name: string, input: number, hidden: number): Parameter[] {
  const limit = 1 / Math.sqrt(hidden);
  return DIRECTIONS.flatMap((direction) => [
    uniform(`${name}.${direction}.kernel`, [input, 4 * hidden], limit),
    uniform(`${name}.${direction}.recurrent`, [hidden, 4 * hidden], limit),
    uniform(`${name}.${direction}.bias`, [4 * hidden], limit),
    uniform(`${name}.${direction}.recurrentBias`, [4 * hidden], limit),
  ]);
}

/**
 * A bi-LSTM that never looks at padding.
 *
 * Where the mask is 0 both directions keep their state. The backward direction therefore arrives at a caption's true
 * last word with the zero state it started from, and the forward direction still holds that word's state at the end.
 * The two directions run side by side, as one batched matmul a step.
 *
 * @param inputs [N, L, I]
 * @param mask [N, L], 1 for a word
 * @returns `outputs` [N, L, 2H], 0 on padding; `final` [N, 2H]: forward after the last word, backward after the first.
 */
export function biLstm(net: Net, name: string, inputs: Tensor, mask: Tensor): { outputs: Tensor; final: Tensor } {
  const [batch, steps, width] = inputs.shape as [number, number, number];
  const both = (tensor: string) => DIRECTIONS.map((direction) => get(net, `${name}.${direction}.${tensor}`));
  const recurrent = tf.stack(both("recurrent")); // [2, H, 4H]
  const hidden = recurrent.shape[1]!;
  const bias = tf.add(tf.concat(both("bias")), tf.concat(both("recurrentBias"))); // [8H]
  const projected = tf.add(tf.matMul(inputs.reshape([-1, width]), tf.concat(both("kernel"), 1)), bias);
  const byStep = tf.unstack(projected.reshape([batch, steps, 2, 4 * hidden]), 1).map((step) =>
    tf.unstack(step, 1) as [Tensor, Tensor]
  );
  const masks = tf.unstack(mask.reshape([batch, steps, 1]), 1); // L × [N, 1]
  let h: Tensor = tf.zeros([2, batch, hidden]);
  let c: Tensor = tf.zeros([2, batch, hidden]);
  const forward: Tensor[] = [];
  const backward: Tensor[] = [];
  for (let i = 0; i < steps; i++) {
    const j = steps - 1 - i; // where the backward direction stands
    const input = tf.stack([byStep[i]![0], byStep[j]![1]]); // [2, N, 4H]
    const here = tf.stack([masks[i]!, masks[j]!]); // [2, N, 1]
    const gates = tf.add(input, tf.matMul(h, recurrent));
    const [inGate, forget, candidate, outGate] = tf.split(gates, 4, 2) as [Tensor, Tensor, Tensor, Tensor];
    const nextC = tf.add(tf.mul(tf.sigmoid(forget), c), tf.mul(tf.sigmoid(inGate), tf.tanh(candidate)));
    const nextH = tf.mul(tf.sigmoid(outGate), tf.tanh(nextC));
    c = tf.add(c, tf.mul(here, tf.sub(nextC, c)));
    h = tf.add(h, tf.mul(here, tf.sub(nextH, h)));
    const [f, b] = tf.unstack(h) as [Tensor, Tensor];
    forward.push(f);
    backward.unshift(b);
  }
  const outputs = tf.concat([tf.stack(forward, 1), tf.stack(backward, 1)], 2); // [N, L, 2H]
  return {
    outputs: tf.mul(outputs, mask.reshape([batch, steps, 1])),
    final: tf.concat([forward.at(-1)!, backward[0]!], 1),
  };
}
