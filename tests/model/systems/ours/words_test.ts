/** The words that dynamic blocks read, and blocks without attention. */
import { assert, assertAlmostEquals, assertEquals, assertGreater, assertLess } from "@std/assert";
import { tf } from "../../../../src/engine/mod.ts";
import {
  discriminatorBlockParameters,
  generatorBlockParameters,
  select,
  wordsOf,
  wordsParameters,
} from "../../../../src/model/systems/ours/dynamic_block.ts";
import type { Text } from "../../../../src/model/systems/ours/condition.ts";
import { generatorParameters } from "../../../../src/model/systems/ours/generator.ts";
import { discriminatorParameters } from "../../../../src/model/systems/ours/discriminator.ts";
import { openNet } from "../../../../src/model/net.ts";
import { countTrainable, initialize, type Parameter } from "../../../../src/model/parameters.ts";
import { livelyState, maxDifference, normals, randomText, smallestConfig, valuesOf } from "../../tiny_model.ts";

const config = smallestConfig();
const raw = smallestConfig("model.db.wordScale=raw");
const networks = ["generator", "discriminator"] as const;

/** A pass over start values. */
const fresh = (parameters: Parameter[], training: boolean) => openNet(initialize(parameters, 1), training);

Deno.test("wordsOf() gives a frame its own sentence's words, or all of its story's", () => {
  const text = randomText(config, 2, 3, 4);
  for (const scale of ["raw", "unit"]) {
    const [ofFrame, ofStory] = [
      smallestConfig(`model.db.wordScale=${scale}`),
      smallestConfig("model.db.words=story", `model.db.wordScale=${scale}`),
    ];
    const frame = wordsOf(fresh(wordsParameters("generator", ofFrame), true), "generator", ofFrame, text);
    assertEquals([frame.values.shape, frame.mask.shape], [[6, 4, 8], [6, 4]]);
    const story = wordsOf(fresh(wordsParameters("generator", ofStory), true), "generator", ofStory, text);
    assertEquals([story.values.shape, story.mask.shape], [[2, 12, 8], [2, 12]]);
    assertLess(maxDifference(story.values, frame.values.reshape([2, 12, 8])), 1e-6); // the same words, grouped
  }
});

Deno.test("wordsOf() of raw gives the text encoder's words as they come, without parameters", () => {
  const text = randomText(raw, 2, 3, 4);
  const net = openNet({}, true);
  assertEquals(maxDifference(wordsOf(net, "generator", raw, text).values, text.words.reshape([6, 4, 8])), 0);
  assertEquals([net.updates, wordsParameters("generator", raw)], [{}, []]);
});

Deno.test("wordsOf() of unit standardises each dimension over the real words alone", () => {
  const text = randomText(config, 3, 3, 4);
  const scaled = { ...text, words: tf.add(tf.mul(text.words, tf.range(1, 9)), 2) }; // padding becomes 2
  for (const network of networks) {
    const net = fresh(wordsParameters(network, config), true);
    const { values, mask } = wordsOf(net, network, config, scaled);
    const real = (values.arraySync() as number[][][]).flatMap((list, n) =>
      list.filter((_, l) => (mask.arraySync() as number[][])[n]![l] === 1)
    );
    for (let d = 0; d < 8; d++) {
      const mean = real.reduce((sum, e) => sum + e[d]! / real.length, 0);
      const variance = real.reduce((sum, e) => sum + (e[d]! - mean) ** 2 / real.length, 0);
      assertAlmostEquals(mean, 0, 1e-5);
      assertAlmostEquals(variance, 1, 1e-3);
    }
    assertEquals(Object.keys(net.updates), [`${network}.words.mean`, `${network}.words.variance`]);
  }
});

Deno.test("wordsOf() of unit gives real words the same whatever padding holds, and so are the statistics", () => {
  const text = randomText(config, 3, 3, 4);
  const hidden = tf.mul(tf.sub(1, text.mask.expandDims(3)), 50);
  const more = { ...text, words: tf.add(text.words, hidden) };
  for (const training of [true, false]) {
    const of = (text: Text) => {
      const net = openNet(livelyState(wordsParameters("generator", config)), training);
      const { values, mask } = wordsOf(net, "generator", config, text);
      return { real: tf.mul(values, mask.expandDims(2)), updates: net.updates };
    };
    const [plain, changed] = [of(text), of(more)];
    assertLess(maxDifference(plain.real, changed.real), 1e-5);
    for (const [name, value] of Object.entries(plain.updates)) {
      assertLess(maxDifference(value, changed.updates[name]!), 1e-5);
    }
  }
});

Deno.test("projected real words have about unit variance at the start values of unit, and far less of raw", () => {
  const varianceOf = (scale: string) => {
    const wide = smallestConfig(`model.db.wordScale=${scale}`, "text.width=64");
    // Words as a bi-LSTM gives them: small, each dimension with a mean of its own.
    const text = randomText(wide, 12, 5, 6);
    const words = tf.mul(
      tf.add(tf.mul(text.words, 0.3), tf.mul(normals([64], "offset"), 0.2)),
      text.mask.expandDims(3),
    );
    const net = fresh([...wordsParameters("generator", wide), ...generatorBlockParameters("db", wide, 32)], true);
    const { values, mask } = wordsOf(net, "generator", wide, { ...text, words });
    const projected = tf.matMul(values.reshape([-1, 64]), net.state["db.words"]!);
    const count = tf.sum(mask);
    const square = tf.sum(tf.mul(tf.square(projected), mask.reshape([-1, 1])));
    return valuesOf(tf.div(square, tf.mul(count, 32)))[0]!;
  };
  const unit = varianceOf("unit");
  assert(unit > 0.8 && unit < 1.25, `${unit}`);
  assertLess(varianceOf("raw"), 0.01);
});

Deno.test("the words' statistics are there where blocks read words, and nowhere else", () => {
  for (const [mode, count] of [["both", 2], ["wsa", 2], ["sa", 0], ["identity", 0], ["none", 0]] as const) {
    const other = smallestConfig(`model.db.g=${mode}`, `model.db.d=${mode}`);
    for (const network of networks) {
      const parameters = wordsParameters(network, other);
      assertEquals(parameters.length, count, mode);
      assert(parameters.every(({ trainable }) => !trainable));
    }
  }
});

Deno.test("select() of mode identity gives back its features, whatever the words are", () => {
  const a = normals([3, 2, 3, 4], "a");
  const other = smallestConfig("model.db.g=identity");
  const parameters = generatorBlockParameters("db", other, 4);
  assertEquals(parameters.some(({ name }) => name === "db.words"), false);
  const none = { values: tf.fill([3, 4, 8], NaN), mask: tf.ones([3, 4]) };
  for (const training of [true, false]) {
    const net = openNet(initialize(parameters, 1), training);
    const { h, probability } = select(net, "db", other, "identity", a, none);
    assertEquals(maxDifference(h, a), 0);
    assertEquals(valuesOf(probability), [1, 1, 1]);
    assertEquals(net.updates, {});
  }
});

Deno.test("blocks of mode identity have as many parameters as those of other modes, but for P", () => {
  for (
    const [network, key, blockOf, parametersOf] of [
      ["generator", "model.db.g", generatorBlockParameters, generatorParameters],
      ["discriminator", "model.db.d", discriminatorBlockParameters, discriminatorParameters],
    ] as const
  ) {
    const block = (mode: string) => blockOf("db", smallestConfig(`${key}=${mode}`), 4);
    const trained = (mode: string) => block(mode).filter(({ trainable }) => trainable).map(({ name }) => name);
    assertEquals(trained("identity"), trained("sa"));
    assertEquals(trained("identity"), trained("both").filter((name) => name !== "db.words"));
    assertEquals(trained("identity"), trained("wsa").filter((name) => name !== "db.words"));
    const count = (mode: string) => countTrainable(block(mode));
    assertEquals(count("both") - count("identity"), 8 * 4); // P [D, C]
    const whole = (mode: string) => countTrainable(parametersOf(smallestConfig(`${key}=${mode}`)));
    assertEquals(whole("both") - whole("identity"), 8 * 16, network); // 16 channels at 8×8 in both
    assertGreater(whole("identity"), whole("none"));
  }
});
