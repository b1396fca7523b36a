import { assertAlmostEquals, assertEquals, assertLess } from "@std/assert";
import { tf } from "../../src/engine/mod.ts";
import { biLstm, gru, gruParameters, lstmParameters } from "../../src/model/recurrent.ts";
import { freshNet, maxDifference, normals, valuesOf } from "./tiny_model.ts";

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

/** x·kernel + bias on plain numbers; kernel [I][O]. */
function affine(x: number[], kernel: number[][], bias: number[]): number[] {
  return bias.map((b, o) => x.reduce((sum, value, i) => sum + value * kernel[i]![o]!, b));
}

const rows = (tensor: tf.Tensor) => tensor.arraySync() as number[][];

Deno.test("gru() follows the equations of the unit step by step", () => {
  const net = freshNet(gruParameters("g", 3, 2), true);
  const [kernel, recurrent] = [rows(net.state["g.kernel"]!), rows(net.state["g.recurrent"]!)];
  const [bias, recurrentBias] = [valuesOf(net.state["g.bias"]!), valuesOf(net.state["g.recurrentBias"]!)];
  const inputs = normals([2, 4, 3], "x");
  const start = normals([2, 2], "h");
  const states = gru(net, "g", inputs, start).arraySync() as number[][][];
  (inputs.arraySync() as number[][][]).forEach((story, b) => {
    let h = rows(start)[b]!;
    story.forEach((x, t) => {
      const [i, r] = [affine(x, kernel, bias), affine(h, recurrent, recurrentBias)];
      h = h.map((old, k) => {
        const reset = sigmoid(i[k]! + r[k]!);
        const update = sigmoid(i[2 + k]! + r[2 + k]!);
        const fresh = Math.tanh(i[4 + k]! + reset * r[4 + k]!);
        return (1 - update) * fresh + update * old;
      });
      h.forEach((value, k) => assertAlmostEquals(states[b]![t]![k]!, value, 1e-5));
    });
  });
});

/** One direction of an LSTM over one caption of true words, on plain numbers. */
function lstm(words: number[][], net: ReturnType<typeof freshNet>, name: string): number[][] {
  const [kernel, recurrent] = [rows(net.state[`${name}.kernel`]!), rows(net.state[`${name}.recurrent`]!)];
  const [bias, recurrentBias] = [valuesOf(net.state[`${name}.bias`]!), valuesOf(net.state[`${name}.recurrentBias`]!)];
  const hidden = recurrent.length;
  let [h, c] = [Array(hidden).fill(0) as number[], Array(hidden).fill(0) as number[]];
  return words.map((word) => {
    const [i, r] = [affine(word, kernel, bias), affine(h, recurrent, recurrentBias)];
    const gate = (k: number) => i[k]! + r[k]!;
    c = c.map((old, k) => sigmoid(gate(hidden + k)) * old + sigmoid(gate(k)) * Math.tanh(gate(2 * hidden + k)));
    h = c.map((value, k) => sigmoid(gate(3 * hidden + k)) * Math.tanh(value));
    return h;
  });
}

Deno.test("biLstm() equals two plain LSTMs over the true words, one read backwards", () => {
  const net = freshNet(lstmParameters("l", 3, 2), true);
  const inputs = normals([3, 4, 3], "x");
  const lengths = [2, 4, 1];
  const mask = tf.tensor2d(lengths.map((n) => [0, 1, 2, 3].map((l) => l < n ? 1 : 0)));
  const { outputs, final } = biLstm(net, "l", inputs, mask);
  lengths.forEach((length, n) => {
    const words = (inputs.arraySync() as number[][][])[n]!.slice(0, length);
    const forward = lstm(words, net, "l.forward");
    const backward = lstm([...words].reverse(), net, "l.backward").reverse();
    const expected = [0, 1, 2, 3].map((l) => l < length ? [...forward[l]!, ...backward[l]!] : [0, 0, 0, 0]);
    assertLess(maxDifference(outputs.slice([n, 0, 0], [1, 4, 4]).reshape([4, 4]), tf.tensor2d(expected)), 1e-6);
    const ends = [...forward.at(-1)!, ...backward[0]!];
    assertLess(maxDifference(final.slice([n, 0], [1, 4]), tf.tensor2d([ends])), 1e-6);
  });
});

Deno.test("biLstm() gives the same whatever padding holds and however long it is", () => {
  const net = freshNet(lstmParameters("l", 3, 2), true);
  const words = normals([1, 2, 3], "x");
  const mask = tf.tensor2d([[1, 1]]);
  const padded = (filling: tf.Tensor) => {
    const length = filling.shape[1]!;
    return biLstm(net, "l", tf.concat([words, filling], 1), tf.concat([mask, tf.zeros([1, length])], 1));
  };
  const bare = biLstm(net, "l", words, mask);
  for (const filling of [tf.zeros([1, 1, 3]), normals([1, 1, 3], "a"), tf.mul(normals([1, 4, 3], "b"), 50)]) {
    const { outputs, final } = padded(filling);
    assertEquals(valuesOf(final), valuesOf(bare.final));
    assertEquals(valuesOf(outputs.slice([0, 0, 0], [1, 2, 4])), valuesOf(bare.outputs));
    assertEquals(valuesOf(tf.max(tf.abs(outputs.slice([0, 2, 0], [1, -1, 4])))), [0]);
  }
});
