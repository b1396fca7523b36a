import { assert, assertAlmostEquals, assertEquals, assertGreater, assertLess, assertThrows } from "@std/assert";
import { UserError } from "../../../../src/base/errors.ts";
import { random } from "../../../../src/base/random.ts";
import { tf } from "../../../../src/engine/mod.ts";
import {
  type Choice,
  discriminatorBlockParameters,
  discriminatorFuse,
  generatorBlockParameters,
  generatorFuse,
  type Mode,
  select,
  selectorProbability,
  type Words,
  wordsOf,
} from "../../../../src/model/systems/ours/dynamic_block.ts";
import { leakyRelu } from "../../../../src/model/layers.ts";
import { openNet } from "../../../../src/model/net.ts";
import { initialize } from "../../../../src/model/parameters.ts";
import { logistics, maxDifference, normals, randomText, scalarOf, smallestConfig, valuesOf } from "../../tiny_model.ts";

const config = smallestConfig();
const CHANNELS = 4;
const state = initialize(generatorBlockParameters("db", "both", 8, CHANNELS), 1);
state["db.words"] = normals([8, CHANNELS], "projection");
const a = normals([3, 2, 3, CHANNELS], "a"); // three pictures of 2×3 pixels
const mask = tf.tensor2d([[1, 1, 0, 0], [1, 1, 1, 1], [1, 0, 0, 0]]);
const words: Words = { values: tf.mul(normals([3, 4, 8], "w"), mask.expandDims(2)), mask };
const noise = logistics([3], "l");

const soft = (tau: number): Choice => ({ tau, choice: "soft", inference: "hard" });

function run(mode: Mode, training: boolean, change: { a?: tf.Tensor; words?: Words; tau?: number } = {}) {
  const tuned = smallestConfig(`model.db.tau=${change.tau ?? 1}`);
  return select(openNet(state, training), "db", tuned, mode, change.a ?? a, change.words ?? words, noise);
}

/** Words in another order; the same order in values and mask. */
function reorder({ values, mask }: Words, order: number[]): Words {
  const index = tf.tensor1d(order, "int32");
  return { values: tf.gather(values, index, 1), mask: tf.gather(mask, index, 1) };
}

Deno.test("select() ignores the words in mode sa", () => {
  const others = { values: normals([3, 4, 8], "others"), mask };
  assertEquals(valuesOf(run("sa", true).h), valuesOf(run("sa", true, { words: others }).h));
  const names = generatorBlockParameters("db", "sa", 8, CHANNELS).map(({ name }) => name);
  assertEquals(names.includes("db.words"), false);
});

Deno.test("select() ignores what padding holds in modes wsa and both", () => {
  const filled = tf.add(words.values, tf.mul(normals([3, 4, 8], "rubbish"), tf.mul(tf.sub(1, mask.expandDims(2)), 50)));
  for (const mode of ["wsa", "both"] as const) {
    for (const training of [true, false]) {
      const changed = run(mode, training, { words: { values: filled, mask } });
      assertEquals(valuesOf(changed.h), valuesOf(run(mode, training).h));
      assertEquals(valuesOf(changed.probability), valuesOf(run(mode, training).probability));
    }
  }
});

Deno.test("select() ignores the order of the words: permuting them leaves wsa unchanged", () => {
  const changed = run("wsa", true, { words: reorder(words, [2, 0, 3, 1]) });
  assertLess(maxDifference(changed.h, run("wsa", true).h), 1e-5);
});

Deno.test("select() gives the same wsa at every pixel for a caption that repeats one word", () => {
  const one = { values: tf.tile(normals([3, 1, 8], "one"), [1, 4, 1]), mask };
  const h = run("wsa", true, { words: one }).h;
  const first = h.slice([0, 0, 0, 0], [3, 1, 1, CHANNELS]);
  assertLess(maxDifference(h, tf.tile(first, [1, 2, 3, 1])), 1e-5);
  const projected = tf.matMul(one.values.slice([0, 0, 0], [3, 1, 8]).reshape([3, 8]), state["db.words"]!);
  assertLess(maxDifference(first.reshape([3, CHANNELS]), projected), 1e-5);
});

Deno.test("select() permutes its self-attention with the pixels", () => {
  const order = tf.tensor1d([4, 2, 0, 5, 1, 3], "int32");
  const shuffle = (x: tf.Tensor) => tf.gather(x.reshape([3, 6, CHANNELS]), order, 1).reshape([3, 2, 3, CHANNELS]);
  assertLess(maxDifference(run("sa", true, { a: shuffle(a) }).h, shuffle(run("sa", true).h)), 1e-5);
});

Deno.test("select() mixes both attentions by p(SA) in training, eq. 2", () => {
  const { h, probability } = run("both", true);
  const p = probability.reshape([3, 1, 1, 1]);
  const mixed = tf.add(tf.mul(p, run("sa", true).h), tf.mul(tf.sub(1, p), run("wsa", true).h));
  assertLess(maxDifference(h, mixed), 1e-5);
  assert(valuesOf(probability).every((value) => value > 0 && value < 1));
});

Deno.test("select() takes SA exactly where u > 0 at inference, eq. 3", () => {
  const projected = tf.matMul(words.values.reshape([12, 8]), state["db.words"]!).reshape([3, 4, CHANNELS]);
  const meanA = tf.mean(a, [1, 2]);
  const meanB = tf.div(tf.sum(tf.mul(projected, mask.expandDims(2)), 1), tf.sum(mask, 1, true));
  const u = valuesOf(tf.mul(tf.sum(tf.mul(meanA, meanB), 1), 1 / Math.sqrt(CHANNELS)));
  const { h, probability } = run("both", false);
  assertEquals(valuesOf(probability), u.map((value) => value > 0 ? 1 : 0));
  assertEquals(new Set(valuesOf(probability)).size, 2); // the pictures of this test choose differently
  u.forEach((value, n) => {
    const chosen = run(value > 0 ? "sa" : "wsa", false).h;
    const at = (x: tf.Tensor) => valuesOf(x.slice([n, 0, 0, 0], [1, 2, 3, CHANNELS]));
    assertEquals(at(h), at(chosen));
  });
});

Deno.test("select() comes to a hard choice as τ goes to 0", () => {
  assert(valuesOf(run("both", true, { tau: 1e-4 }).probability).every((p) => p < 1e-6 || p > 1 - 1e-6));
});

Deno.test("select() gives 0 for the words of a caption without words, whatever padding holds", () => {
  const none = { values: normals([3, 4, 8], "rubbish"), mask: tf.zeros([3, 4]) };
  for (const training of [true, false]) {
    const { h, probability } = run("both", training, { words: none });
    assert([...valuesOf(h), ...valuesOf(probability)].every(Number.isFinite));
  }
  assertEquals(valuesOf(tf.max(tf.abs(run("wsa", true, { words: none }).h))), [0]);
});

Deno.test("select() scales products by 1/√C unless told not to", () => {
  const plain = smallestConfig("model.db.scale=false");
  const root = tf.mul(a, Math.sqrt(CHANNELS) ** 0.5); // q·q grows by √C
  const scaled = select(openNet(state, true), "db", config, "sa", root, words).h;
  const unscaled = select(openNet(state, true), "db", plain, "sa", a, words).h;
  assertLess(maxDifference(scaled, tf.mul(unscaled, Math.sqrt(CHANNELS) ** 0.5)), 1e-5);
});

Deno.test("select() needs its noise in training", () => {
  assertThrows(() => select(openNet(state, true), "db", config, "both", a, words), UserError, "logistic noise");
});

Deno.test("selectorProbability() is eq. 1 with two independent Gumbel draws", () => {
  const stream = random(3, "gumbel");
  for (const tau of [0.5, 1, 2]) {
    for (const u of [-3, -0.2, 0, 1.5]) {
      const [first, second] = [-Math.log(-Math.log(stream.uniform())), -Math.log(-Math.log(stream.uniform()))];
      const w = 1 / (1 + Math.exp(-u));
      const sa = Math.exp((Math.log(w) + first) / tau);
      const wsa = Math.exp((Math.log(1 - w) + second) / tau);
      const p = selectorProbability(tf.tensor1d([u]), true, soft(tau), tf.tensor1d([first - second]));
      assertAlmostEquals(scalarOf(p), sa / (sa + wsa), 1e-5);
    }
  }
});

Deno.test("selectorProbability() exceeds one half with probability σ(u) over the noise, for every τ", () => {
  const draws = 20_000;
  const noise = logistics([draws], "many");
  for (const tau of [0.1, 1, 3]) {
    for (const u of [-1, 0.5]) {
      const p = selectorProbability(tf.fill([draws], u), true, soft(tau), noise);
      const share = scalarOf(tf.mean(tf.cast(tf.greater(p, 0.5), "float32")));
      assertAlmostEquals(share, 1 / (1 + Math.exp(-u)), 0.011); // three standard deviations of the share
    }
  }
});

Deno.test("wordsOf() gives a frame its own sentence's words, or all of its story's", () => {
  const text = randomText(config, 2, 3, 4);
  const frame = wordsOf(config, text);
  assertEquals([frame.values.shape, frame.mask.shape], [[6, 4, 8], [6, 4]]);
  const story = wordsOf(smallestConfig("model.db.words=story"), text);
  assertEquals([story.values.shape, story.mask.shape], [[2, 12, 8], [2, 12]]);
});

Deno.test("select() over a story's words is select() over those words for each of its frames", () => {
  const pictures = normals([4, 2, 2, CHANNELS], "pictures"); // two stories of two frames
  const shared = { values: words.values.slice([0, 0, 0], [2, 4, 8]), mask: mask.slice([0, 0], [2, 4]) };
  const each = reorderRows(shared, [0, 0, 1, 1]);
  const draws = logistics([4], "four");
  for (const training of [true, false]) {
    const net = openNet(state, training);
    const together = select(net, "db", config, "both", pictures, shared, draws);
    const apart = select(net, "db", config, "both", pictures, each, draws);
    assertLess(maxDifference(together.h, apart.h), 1e-5);
    assertLess(maxDifference(together.probability, apart.probability), 1e-5);
  }
});

function reorderRows({ values, mask }: Words, rows: number[]): Words {
  const index = tf.tensor1d(rows, "int32");
  return { values: tf.gather(values, index), mask: tf.gather(mask, index) };
}

Deno.test("discriminatorFuse() starts as LeakyReLU of its input, since γ starts at 0", () => {
  const parameters = discriminatorBlockParameters("db", "both", 8, CHANNELS);
  const start = initialize(parameters, 1);
  assertEquals(start["db.gamma"]!.shape, []);
  const h = normals([3, 2, 3, CHANNELS], "h");
  assertEquals(valuesOf(discriminatorFuse(openNet(start, true), "db", a, h)), valuesOf(leakyRelu(a)));
  const moved = { ...start, "db.gamma": tf.scalar(2) };
  assertGreater(maxDifference(discriminatorFuse(openNet(moved, true), "db", a, h), leakyRelu(a)), 0.01);
});

Deno.test("generatorFuse() depends on both features and attention, and keeps the shape", () => {
  const net = openNet(state, false);
  const h = normals([3, 2, 3, CHANNELS], "h");
  const fused = generatorFuse(net, "db", a, h);
  assertEquals(fused.shape, a.shape);
  assertGreater(maxDifference(fused, generatorFuse(net, "db", a, tf.neg(h))), 1e-3);
  assertGreater(maxDifference(fused, generatorFuse(net, "db", tf.neg(a), h)), 1e-3);
});

Deno.test("selectorProbability() takes one in training where it is to; straight-through has the soft one's gradient", () => {
  const u = tf.tensor1d([-2, -0.5, 0.1, 3]);
  const logistic = tf.tensor1d([0.3, 0.7, -0.4, 1]);
  const how = (choice: Choice["choice"]): Choice => ({ tau: 0.7, choice, inference: "hard" });
  const of = (choice: Choice["choice"]) => selectorProbability(u, true, how(choice), logistic);
  for (const choice of ["hard", "straight-through"] as const) assertEquals(valuesOf(of(choice)), [0, 1, 0, 1]);
  const slope = (choice: Choice["choice"]) =>
    valuesOf(tf.grad((x: tf.Tensor) => tf.add(selectorProbability(x, true, how(choice), logistic), tf.mul(x, 2)))(u));
  assertEquals(slope("hard"), [2, 2, 2, 2]); // of 2x alone
  assertEquals(slope("straight-through"), slope("soft"));
  assert(slope("soft").every((value) => value > 2));
});

Deno.test("selectorProbability() mixes at inference where it is to", () => {
  const how: Choice = { tau: 0.5, choice: "soft", inference: "soft" };
  const [p] = valuesOf(selectorProbability(tf.tensor1d([1]), false, how));
  assertAlmostEquals(p!, 1 / (1 + Math.exp(-2)), 1e-6);
});
