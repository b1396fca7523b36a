import { assert, assertEquals, assertGreater, assertLess, assertThrows } from "@std/assert";
import { UserError } from "../../../../src/base/errors.ts";
import { tf } from "../../../../src/engine/mod.ts";
import {
  discriminatorBlockParameters,
  discriminatorFuse,
  generatorBlockParameters,
  generatorFuse,
  type Mode,
  select,
  type Words,
} from "../../../../src/model/systems/ours/dynamic_block.ts";
import { leakyRelu } from "../../../../src/model/layers.ts";
import { openNet } from "../../../../src/model/net.ts";
import { initialize } from "../../../../src/model/parameters.ts";
import {
  livelyState,
  logistics,
  maxDifference,
  normals,
  scalarOf,
  smallestConfig,
  valuesOf,
} from "../../tiny_model.ts";

const config = smallestConfig();
const CHANNELS = 4;
const state = livelyState(generatorBlockParameters("db", config, CHANNELS));
state["db.words"] = normals([8, CHANNELS], "projection");
const a = normals([3, 2, 3, CHANNELS], "a"); // three pictures of 2×3 pixels
const mask = tf.tensor2d([[1, 1, 0, 0], [1, 1, 1, 1], [1, 0, 0, 0]]);
const words: Words = { values: tf.mul(normals([3, 4, 8], "w"), mask.expandDims(2)), mask };
const noise = logistics([3], "l");

interface Change {
  a?: tf.Tensor;
  words?: Words;
  tau?: number;
  selector?: string;
  scale?: boolean;
}

const selectors = ["logit", "channels", "plain"];

function run(mode: Mode, training: boolean, change: Change = {}) {
  const tuned = smallestConfig(
    `model.db.tau=${change.tau ?? 1}`,
    `model.db.selector=${change.selector ?? "logit"}`,
    `model.db.scale=${change.scale ?? false}`,
  );
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
  const names = generatorBlockParameters("db", smallestConfig("model.db.g=sa"), CHANNELS).map(({ name }) => name);
  assertEquals(names.filter((name) => /^db\.(words|a|b|logit)(\.|$)/.test(name)), []);
});

for (const selector of selectors) {
  Deno.test(`select() ignores what padding holds in modes wsa and both, selector ${selector}`, () => {
    const hidden = tf.mul(normals([3, 4, 8], "rubbish"), tf.mul(tf.sub(1, mask.expandDims(2)), 50));
    const filled = { values: tf.add(words.values, hidden), mask };
    for (const mode of ["wsa", "both"] as const) {
      for (const training of [true, false]) {
        const [plain, changed] = [run(mode, training, { selector }), run(mode, training, { selector, words: filled })];
        assertEquals(valuesOf(changed.h), valuesOf(plain.h));
        assertEquals(valuesOf(changed.probability), valuesOf(plain.probability));
      }
    }
  });
}

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
  for (const selector of selectors) {
    const { h, probability } = run("both", true, { selector });
    const p = probability.reshape([3, 1, 1, 1]);
    const mixed = tf.add(tf.mul(p, run("sa", true).h), tf.mul(tf.sub(1, p), run("wsa", true).h));
    assertLess(maxDifference(h, mixed), 1e-5);
    assert(valuesOf(probability).every((value) => value > 0 && value < 1));
  }
});

Deno.test("select() takes SA exactly where u > 0 at inference, eq. 3, and the plain u has the sign of ā·b̄", () => {
  const projected = tf.matMul(words.values.reshape([12, 8]), state["db.words"]!).reshape([3, 4, CHANNELS]);
  const meanA = tf.mean(a, [1, 2]);
  const meanB = tf.div(tf.sum(tf.mul(projected, mask.expandDims(2)), 1), tf.sum(mask, 1, true));
  const u = valuesOf(tf.sum(tf.mul(meanA, meanB), 1));
  for (const scale of [true, false]) {
    const { h, probability } = run("both", false, { selector: "plain", scale });
    assertEquals(valuesOf(probability), u.map((value) => value > 0 ? 1 : 0));
    assertEquals(new Set(valuesOf(probability)).size, 2); // the pictures of this test choose differently
    u.forEach((value, n) => {
      const chosen = run(value > 0 ? "sa" : "wsa", false, { scale }).h;
      const at = (x: tf.Tensor) => valuesOf(x.slice([n, 0, 0, 0], [1, 2, 3, CHANNELS]));
      assertEquals(at(h), at(chosen));
    });
  }
});

Deno.test("select() comes to a hard choice as τ goes to 0", () => {
  assert(valuesOf(run("both", true, { tau: 1e-4 }).probability).every((p) => p < 1e-6 || p > 1 - 1e-6));
});

Deno.test("select() gives 0 for the words of a caption without words, whatever padding holds", () => {
  const none = { values: normals([3, 4, 8], "rubbish"), mask: tf.zeros([3, 4]) };
  for (const selector of selectors) {
    for (const training of [true, false]) {
      const { h, probability } = run("both", training, { words: none, selector });
      assert([...valuesOf(h), ...valuesOf(probability)].every(Number.isFinite));
    }
  }
  assertEquals(valuesOf(tf.max(tf.abs(run("wsa", true, { words: none }).h))), [0]);
});

Deno.test("select() scales products by 1/√C where it is told to", () => {
  const root = tf.mul(a, Math.sqrt(CHANNELS) ** 0.5); // q·q grows by √C
  const scaled = run("sa", true, { a: root, scale: true }).h;
  const unscaled = run("sa", true, { scale: false }).h;
  assertGreater(maxDifference(run("sa", true, { scale: true }).h, unscaled), 0.01);
  assertLess(maxDifference(scaled, tf.mul(unscaled, Math.sqrt(CHANNELS) ** 0.5)), 1e-5);
});

Deno.test("select() needs its noise in training", () => {
  assertThrows(() => select(openNet(state, true), "db", config, "both", a, words), UserError, "logistic noise");
});

Deno.test("select() over a story's words is select() over those words for each of its frames", () => {
  const pictures = normals([4, 2, 2, CHANNELS], "pictures"); // two stories of two frames
  const shared = { values: words.values.slice([0, 0, 0], [2, 4, 8]), mask: mask.slice([0, 0], [2, 4]) };
  const each = reorderRows(shared, [0, 0, 1, 1]);
  const draws = logistics([4], "four");
  for (const selector of selectors) {
    const tuned = smallestConfig(`model.db.selector=${selector}`);
    for (const training of [true, false]) {
      const net = openNet(state, training);
      const together = select(net, "db", tuned, "both", pictures, shared, draws);
      const apart = select(net, "db", tuned, "both", pictures, each, draws);
      assertLess(maxDifference(together.h, apart.h), 1e-5);
      assertLess(maxDifference(together.probability, apart.probability), 1e-5);
    }
  }
});

function reorderRows({ values, mask }: Words, rows: number[]): Words {
  const index = tf.tensor1d(rows, "int32");
  return { values: tf.gather(values, index), mask: tf.gather(mask, index) };
}

Deno.test("discriminatorFuse() is LeakyReLU of a + γ·conv1×1([a; h]), with γ at the configured start", () => {
  const h = normals([3, 2, 3, CHANNELS], "h");
  for (const gamma of [0, 1, -0.5]) {
    const start = initialize(
      discriminatorBlockParameters("db", smallestConfig(`model.db.gamma=${gamma}`), CHANNELS),
      1,
    );
    assertEquals([start["db.gamma"]!.shape, scalarOf(start["db.gamma"]!)], [[], gamma]);
    const fused = discriminatorFuse(openNet(start, true), "db", a, h);
    if (gamma === 0) assertEquals(valuesOf(fused), valuesOf(leakyRelu(a))); // as if there were no block
    const both = tf.concat([a, h], 3).reshape([18, 2 * CHANNELS]);
    const change = tf.matMul(both, start["db.fuse.kernel"]!.reshape([2 * CHANNELS, CHANNELS])).reshape(a.shape);
    assertLess(maxDifference(fused, leakyRelu(tf.add(a, tf.mul(gamma, change)))), 1e-6);
  }
  const moved = initialize(discriminatorBlockParameters("db", config, CHANNELS), 1);
  moved["db.gamma"] = tf.scalar(2);
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
