/**
 * Recurrent layers: a GRU over the sentences of a story, unrolled, and a bi-LSTM over the words of a caption, as a
 * loop.
 *
 * The input products of all steps are one matmul; each step computes the small recurrent product only.
 */
import { lstmScan, type Tensor, tf } from "../engine/mod.ts";
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
 * A bi-LSTM that ignores padding.
 *
 * Where the mask is 0 both directions keep their state. The backward direction therefore reaches the last word of a
 * caption with the zero state that it started from, and the forward direction keeps the state after that word to the
 * end. Both directions are computed in one scan, see `lstmScan`.
 *
 * @param inputs [N, L, I]
 * @param mask [N, L], 1 for a word
 * @returns `outputs` [N, L, 2H], 0 on padding; `final` [N, 2H]: forward after the last word, backward after the first.
 */
export function biLstm(net: Net, name: string, inputs: Tensor, mask: Tensor): { outputs: Tensor; final: Tensor } {
  const [batch, steps, width] = inputs.shape as [number, number, number];
  // Each direction's own order of steps, and steps before captions: [2, L, N, ...] from [N, L, ...].
  const directed = (x: Tensor) => {
    const byStep = tf.transpose(x, [1, 0, 2]);
    return [byStep, tf.reverse(byStep, 0)] as const;
  };
  const of = (tensor: string) => DIRECTIONS.map((direction) => get(net, `${name}.${direction}.${tensor}`));
  const [kernels, biases, recurrentBiases] = [of("kernel"), of("bias"), of("recurrentBias")];
  const projected = directed(inputs).map((x, d) =>
    tf.add(tf.matMul(x.reshape([-1, width]), kernels[d]!), tf.add(biases[d]!, recurrentBiases[d]!))
  );
  const recurrent = tf.stack(of("recurrent")); // [2, H, 4H]
  const hidden = recurrent.shape[1]!;
  const states = lstmScan(
    tf.stack(projected).reshape([2, steps, batch, 4 * hidden]),
    tf.stack([...directed(mask.reshape([batch, steps, 1]))]),
    recurrent,
  );
  const [forward, backward] = tf.unstack(states) as [Tensor, Tensor]; // [L, N, H]
  const outputs = tf.transpose(tf.concat([forward, tf.reverse(backward, 0)], 2), [1, 0, 2]); // [N, L, 2H]
  const last = tf.slice(states, [0, steps - 1, 0, 0], [2, 1, batch, hidden]).reshape([2, batch, hidden]);
  return {
    outputs: tf.mul(outputs, mask.reshape([batch, steps, 1])),
    final: tf.concat(tf.unstack(last), 1),
  };
}
