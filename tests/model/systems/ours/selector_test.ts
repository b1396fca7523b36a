/** The selector logit u of a dynamic block against plain loops, what it depends on, and the probability made of it. */
import { assert, assertAlmostEquals, assertEquals, assertGreater, assertLess } from "@std/assert";
import { random } from "../../../../src/base/random.ts";
import { type State, tf } from "../../../../src/engine/mod.ts";
import {
  type Choice,
  discriminatorBlockParameters,
  generatorBlockParameters,
  select,
  selectorProbability,
  type Words,
} from "../../../../src/model/systems/ours/dynamic_block.ts";
import { openNet } from "../../../../src/model/net.ts";
import {
  livelyState,
  logistics,
  maxDifference,
  normals,
  scalarOf,
  smallestConfig,
  valuesOf,
} from "../../tiny_model.ts";

const [N, C, D, L] = [6, 4, 8, 5];
const a = tf.add(normals([N, 2, 3, C], "a"), tf.tensor1d([1, -2, 0, 3])); // channels of different means
const mask = tf.tensor2d(Array.from({ length: N }, (_, n) => Array.from({ length: L }, (_, l) => l <= n % L ? 1 : 0)));
const words: Words = { values: tf.add(normals([N, L, D], "w"), 0.5), mask };
const logistic = logistics([N], "l");
const state = livelyState(generatorBlockParameters("db", smallestConfig(), C));

/** u as the block observes it, and the next running statistics. */
function logitOf(selector: string, training: boolean, { from = 0, count = N, scale = true } = {}) {
  const config = smallestConfig(`model.db.selector=${selector}`, `model.db.scale=${scale}`);
  const observed: State = {};
  const net = openNet(state, training, (name, value) => void (observed[name] = value));
  const rows = (x: tf.Tensor) => x.slice(from, count);
  const part = { values: rows(words.values), mask: rows(mask) };
  const { probability } = select(net, "db", config, "both", rows(a), part, rows(logistic));
  return { u: valuesOf(observed["db.u"]!), updates: net.updates, probability: valuesOf(probability) };
}

type Statistics = { mean: number[]; variance: number[] };

/** Biased mean and variance of each column. */
function statisticsOf(rows: number[][]): Statistics {
  const column = (c: number) => rows.map((row) => row[c]!);
  const average = (x: number[]) => x.reduce((sum, y) => sum + y, 0) / x.length;
  const mean = rows[0]!.map((_, c) => average(column(c)));
  const variance = rows[0]!.map((_, c) => average(column(c).map((x) => (x - mean[c]!) ** 2)));
  return { mean, variance };
}

const standardised = (rows: number[][], { mean, variance }: Statistics) =>
  rows.map((row) => row.map((x, c) => (x - mean[c]!) / Math.sqrt(variance[c]! + 1e-5)));
const running = (name: string): Statistics => ({
  mean: valuesOf(state[`db.${name}.mean`]!),
  variance: valuesOf(state[`db.${name}.variance`]!),
});

/** ā and b̄ by plain loops [N][C]. */
function pooled(): { meanA: number[][]; meanB: number[][] } {
  const [pixels, vectors] = [a.arraySync() as number[][][][], words.values.arraySync() as number[][][]];
  const [P, real] = [state["db.words"]!.arraySync() as number[][], mask.arraySync() as number[][]];
  const channels = Array.from({ length: C }, (_, c) => c);
  const meanA = pixels.map((rows) => channels.map((c) => rows.flat().reduce((sum, pixel) => sum + pixel[c]! / 6, 0)));
  const meanB = vectors.map((list, n) => {
    const count = real[n]!.reduce((x, y) => x + y, 0);
    return channels.map((c) =>
      list.reduce((sum, e, l) => sum + real[n]![l]! * e.reduce((dot, x, d) => dot + x * P[d]![c]!, 0), 0) / count
    );
  });
  return { meanA, meanB };
}

function formula(selector: string, training: boolean, scale: boolean): number[] {
  let { meanA, meanB } = pooled();
  if (selector !== "plain") {
    meanA = standardised(meanA, training ? statisticsOf(meanA) : running("a"));
    meanB = standardised(meanB, training ? statisticsOf(meanB) : running("b"));
  }
  const factor = scale || selector !== "plain" ? 1 / Math.sqrt(C) : 1;
  const u = meanA.map((row, n) => [factor * row.reduce((sum, x, c) => sum + x * meanB[n]![c]!, 0)]);
  if (selector !== "logit") return u.flat();
  return standardised(u, training ? statisticsOf(u) : running("logit")).flat();
}

for (const selector of ["plain", "channels", "logit"]) {
  Deno.test(`the selector logit of ${selector} is the direct formula, in training and at inference`, () => {
    for (const training of [true, false]) {
      for (const scale of [true, false]) {
        const { u } = logitOf(selector, training, { scale });
        formula(selector, training, scale).forEach((x, n) => assertAlmostEquals(u[n]!, x, 1e-4));
        assertGreater(Math.max(...u) - Math.min(...u), 0.1); // not the same for every picture
      }
    }
  });

  Deno.test(`a picture's selector logit of ${selector} does not depend on others in its batch at inference`, () => {
    const { u: all } = logitOf(selector, false);
    all.forEach((u, n) => assertAlmostEquals(logitOf(selector, false, { from: n, count: 1 }).u[0]!, u, 1e-5));
  });

  Deno.test(`the selector ${selector} updates exactly its own running statistics, in training alone`, () => {
    const parts = { plain: [], channels: ["a", "b"], logit: ["a", "b", "logit"] }[selector]!;
    const names = parts.flatMap((part) => [`db.${part}.mean`, `db.${part}.variance`]);
    const { updates } = logitOf(selector, true);
    assertEquals(Object.keys(updates), names);
    assertEquals(logitOf(selector, false).updates, {});
    for (const parameters of [generatorBlockParameters, discriminatorBlockParameters]) {
      const declared = parameters("db", smallestConfig(`model.db.selector=${selector}`), C);
      const mine = declared.filter(({ name }) => /^db\.(a|b|logit)\./.test(name));
      assertEquals(mine.map(({ name }) => name), names);
      assert(mine.every(({ trainable }) => !trainable));
    }
  });
}

Deno.test("the selector logit of logit has mean 0 and variance 1 over the batch, whatever features and words are", () => {
  const { mean: [mean], variance: [variance] } = statisticsOf(logitOf("logit", true).u.map((u) => [u]));
  assertAlmostEquals(mean!, 0, 1e-5);
  assertAlmostEquals(variance!, 1, 1e-3);
  const small = statisticsOf(logitOf("plain", true).u.map((u) => [u])).variance[0]!;
  assertGreater(Math.abs(small - 1), 0.05);
});

Deno.test("the selectors channels and logit do not change when a channel of the features is scaled and shifted", () => {
  for (const selector of ["channels", "logit"]) {
    const config = smallestConfig(`model.db.selector=${selector}`);
    const logit = (features: tf.Tensor) => {
      const observed: State = {};
      const net = openNet(state, true, (name, value) => void (observed[name] = value));
      select(net, "db", config, "both", features, words, logistic);
      return observed["db.u"]!;
    };
    const moved = tf.add(tf.mul(a, tf.tensor1d([2, 0.5, 3, 1])), tf.tensor1d([0, 5, -1, 2]));
    assertLess(maxDifference(logit(moved), logit(a)), 1e-3);
  }
});

Deno.test("inference takes the selector's running statistics: after many equal batches, u of the batch but for unbiased variances", () => {
  const config = smallestConfig();
  let next = state;
  for (let i = 0; i < 200; i++) {
    const net = openNet(next, true);
    select(net, "db", config, "both", a, words, logistic);
    next = { ...next, ...net.updates };
  }
  const observed: State = {};
  const net = openNet(next, false, (name, value) => void (observed[name] = value));
  select(net, "db", config, "both", a, words);
  // Running variances are unbiased, N/(N − 1) of the batch's: those of ā, b̄ and u. `channels` is u before the last step.
  const ratio = Math.sqrt((N - 1) / N);
  const { u: before } = logitOf("channels", true);
  const { mean: [mean], variance: [variance] } = statisticsOf(before.map((x) => [x]));
  const atInference = valuesOf(observed["db.u"]!);
  before.forEach((x, n) => {
    assertAlmostEquals(atInference[n]!, ratio * (ratio ** 2 * x - mean!) / Math.sqrt(variance!), 1e-3);
  });
});

Deno.test("select() needs no statistics of the selector in a mode that selects nothing", () => {
  for (const mode of ["sa", "wsa", "identity"] as const) {
    const config = smallestConfig(`model.db.g=${mode}`);
    const names = generatorBlockParameters("db", config, C).map(({ name }) => name);
    assertEquals(names.filter((name) => /^db\.(a|b|logit)\./.test(name)), []);
    const net = openNet(livelyState(generatorBlockParameters("db", config, C)), true);
    select(net, "db", config, mode, a, words);
    assertEquals(net.updates, {});
  }
});

const soft = (tau: number): Choice => ({ tau, choice: "soft", inference: "hard" });

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
