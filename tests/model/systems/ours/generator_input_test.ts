/** What the generator's first layer is given of a story, and the widths of its up blocks. */
import { assert, assertAlmostEquals, assertEquals, assertGreater, assertLess, assertNotEquals } from "@std/assert";
import { type State, type Tensor, tf } from "../../../../src/engine/mod.ts";
import {
  generateFrames,
  generatorNoise,
  generatorParameters,
  generatorStages,
} from "../../../../src/model/systems/ours/generator.ts";
import { contextWidth, encodeStory, storyParameters } from "../../../../src/model/systems/ours/story_encoder.ts";
import { openNet } from "../../../../src/model/net.ts";
import type { OursConfig } from "../../../../src/model/systems/ours/settings.ts";
import {
  drawAll,
  livelyState,
  maxDifference,
  normals,
  randomText,
  resolveOurs,
  smallestConfig,
  valuesOf,
} from "../../tiny_model.ts";

const [STORIES, FRAMES, LENGTH, D, CODE] = [3, 2, 4, 8, 4];
const text = randomText(smallestConfig(), STORIES, FRAMES, LENGTH);
const code = normals([STORIES, CODE], "code");

/** Columns `from` up to `to` of the context [B, T, …], row by row. */
const columns = (x: Tensor, from: number, to: number) =>
  x.slice([0, 0, from], [STORIES, FRAMES, to - from]).reshape([STORIES * FRAMES, -1]).arraySync() as number[][];

function contextOf(overrides: string[], training = false) {
  const config = smallestConfig(...overrides);
  const net = openNet(livelyState(storyParameters(config)), training);
  return encodeStory(net, config, text, code);
}

for (const [input, factor] of [["normalised", 1], ["plain", 1 / Math.sqrt(D)]] as const) {
  Deno.test(`ŝ attends over all words of the story with the factor ${factor === 1 ? "1" : "1/√D"} in input ${input}`, () => {
    const attended = columns(contextOf([`model.input=${input}`]).context, D, 2 * D);
    const [words, mask] = [text.words.arraySync() as number[][][][], text.mask.arraySync() as number[][][]];
    const sentences = text.sentences.arraySync() as number[][][];
    for (let b = 0; b < STORIES; b++) {
      const real = words[b]!.flatMap((list, t) => list.filter((_, l) => mask[b]![t]![l] === 1));
      for (let t = 0; t < FRAMES; t++) {
        const dot = (e: number[]) => e.reduce((sum, x, d) => sum + x * sentences[b]![t]![d]!, 0);
        const scores = real.map((e) => Math.exp(factor * dot(e)));
        const total = scores.reduce((x, y) => x + y, 0);
        for (let d = 0; d < D; d++) {
          const mean = real.reduce((sum, e, i) => sum + scores[i]! / total * e[d]!, 0);
          assertAlmostEquals(attended[b * FRAMES + t]![d]!, mean, 1e-4);
        }
      }
    }
  });
}

Deno.test("the context is [s; ŝ; c], and with storyInput the mean sentence and the story code of the pass follow", () => {
  for (const training of [true, false]) {
    const plain = contextOf([], training);
    const { context, mean, logVariance } = contextOf(["model.storyInput=true"], training);
    assertEquals([plain.context.shape[2], context.shape[2]], [2 * D + CODE, 3 * D + 2 * CODE]);
    assertEquals(columns(context, 0, 2 * D + CODE), columns(plain.context, 0, 2 * D + CODE));
    const [meanSentence, start] = [
      columns(context, 2 * D + CODE, 3 * D + CODE),
      columns(context, 3 * D + CODE, 3 * D + 2 * CODE),
    ];
    const sentences = text.sentences.arraySync() as number[][][];
    const codes = tf.add(mean, tf.mul(tf.exp(tf.div(logVariance, 2)), code)).arraySync() as number[][];
    const means = mean.arraySync() as number[][];
    for (let n = 0; n < STORIES * FRAMES; n++) {
      const b = Math.floor(n / FRAMES);
      for (let d = 0; d < D; d++) {
        const average = sentences[b]!.reduce((sum, s) => sum + s[d]! / FRAMES, 0);
        assertAlmostEquals(meanSentence[n]![d]!, average, 1e-5);
      }
      for (let c = 0; c < CODE; c++) {
        assertAlmostEquals(start[n]![c]!, training ? codes[b]![c]! : means[b]![c]!, 1e-5);
      }
    }
  }
});

Deno.test("contextWidth() is the width of the context and of the first layer's rows", () => {
  for (const [storyInput, width] of [[false, 2 * D + CODE], [true, 3 * D + 2 * CODE]] as const) {
    for (const input of ["normalised", "plain"]) {
      for (const labels of [0, 3]) {
        const config = smallestConfig(
          `model.storyInput=${storyInput}`,
          `model.input=${input}`,
          `data.labels=${labels}`,
        );
        assertEquals(contextWidth(config), width);
        const shapes = new Map(generatorParameters(config).map(({ name, shape }) => [name, shape]));
        assertEquals(shapes.get("generator.fc.kernel"), [3 + width + labels, 32 * 16]);
        assertEquals(shapes.get("generator.context.mean"), input === "normalised" ? [width] : undefined);
        assertEquals(shapes.get("generator.context.variance"), input === "normalised" ? [width] : undefined);
      }
    }
  }
});

/** The activations of the first layer, and the running statistics of its input. */
function firstLayer(config: OursConfig, training: boolean, factor = 1) {
  const observed: State = {};
  const state = livelyState(generatorParameters(config));
  const net = openNet(state, training, (name, value) => void (observed[name] = value));
  const larger = { ...text, sentences: tf.mul(text.sentences, factor) };
  generateFrames(net, config, larger, drawAll(generatorNoise(config, STORIES, FRAMES)));
  return { fc: observed["generator.fc"]!, updates: net.updates, state };
}

Deno.test("a normalised input has mean 0 and variance 1 in each dimension of the context, z and labels as they are", () => {
  const config = smallestConfig("model.db.g=none", "data.labels=2");
  const state = livelyState(generatorParameters(config));
  const width = contextWidth(config);
  // A first layer whose kernel selects one input each makes its inputs visible in the observed statistics.
  const labels = tf.step(normals([STORIES, FRAMES, 2], "labels"));
  const all = 3 + width + 2;
  const eye = tf.pad(tf.eye(all), [[0, 0], [0, 32 * 16 - all]]);
  const probe = { ...state, "generator.fc.kernel": eye };
  const net = openNet(probe, true);
  const noise = drawAll(generatorNoise(config, STORIES, FRAMES));
  generateFrames(net, config, { ...text, labels }, noise);
  // 0.9·old + 0.1·batch of the first BatchNorm, whose input is [z; context; labels].
  const batchOf = (part: string) => {
    const [next, old] = [net.updates[`generator.fc.bn.${part}`]!, state[`generator.fc.bn.${part}`]!];
    return valuesOf(tf.mul(tf.sub(next, tf.mul(old, 0.9)), 10)).slice(0, all);
  };
  const N = STORIES * FRAMES;
  const [mean, variance] = [batchOf("mean"), batchOf("variance").map((x) => x * (N - 1) / N)];
  for (let i = 3; i < 3 + width; i++) {
    assertAlmostEquals(mean[i]!, 0, 1e-3);
    assert(variance[i]! > 0.9 && variance[i]! < 1.001, `${i}: ${variance[i]}`);
  }
  const [zs, ls] = [noise.z!.reshape([N, 3]), labels.reshape([N, 2])].map((x) => valuesOf(tf.mean(x!, 0)));
  zs!.forEach((value, i) => assertAlmostEquals(mean[i]!, value, 1e-3));
  ls!.forEach((value, i) => assertAlmostEquals(mean[3 + width + i]!, value, 1e-3));
});

Deno.test("a normalised input takes its running statistics at inference, which training moves", () => {
  const config = smallestConfig();
  const { updates, state } = firstLayer(config, true);
  for (const part of ["mean", "variance"]) {
    assertGreater(maxDifference(updates[`generator.context.${part}`]!, state[`generator.context.${part}`]!), 1e-3);
  }
  assertEquals(firstLayer(config, false).updates, {});
  const plain = firstLayer(smallestConfig("model.input=plain"), true);
  assertEquals(Object.keys(plain.updates).some((name) => name.startsWith("generator.context")), false);
});

Deno.test("z does not outweigh small sentences in a normalised input, as it does in a plain one", () => {
  // How far the first layer moves if the sentences of a batch are smaller by a hundred.
  const moves = (input: string) => {
    const config = smallestConfig(`model.input=${input}`, "model.db.g=none");
    const [usual, small] = [1, 0.01].map((factor) => firstLayer(config, true, factor).fc);
    return maxDifference(usual!, small!);
  };
  assertLess(moves("normalised"), moves("plain"));
});

const widths = (config: OursConfig) => generatorStages(config).map(({ input, channels }) => [input, channels]);

Deno.test("generatorStages() halve the channels, but not below the floor, nor above the first width", () => {
  const of = (width: number, floor: number) =>
    widths(smallestConfig(`model.generatorWidth=${width}`, `model.generatorFloor=${floor}`));
  assertEquals(of(32, 0), [[32, 16], [16, 8], [8, 4], [4, 2]]);
  assertEquals(of(32, 6), [[32, 16], [16, 8], [8, 6], [6, 6]]);
  assertEquals(of(128, 32), [[128, 64], [64, 32], [32, 32], [32, 32]]);
  assertEquals(of(32, 64), [[32, 32], [32, 32], [32, 32], [32, 32]]);
  assertEquals(widths(resolveOurs("paper")), [[1024, 512], [512, 256], [256, 128], [128, 64]]);
});

Deno.test("generateFrames() generates pictures with a floor and with the story's input, and both change them", () => {
  const images = (...overrides: string[]) => {
    const config = smallestConfig(...overrides);
    const net = openNet(livelyState(generatorParameters(config)), false);
    return generateFrames(net, config, text, drawAll(generatorNoise(config, STORIES, FRAMES))).images;
  };
  const plain = images();
  for (const override of ["model.generatorFloor=4", "model.storyInput=true"]) {
    const other = images(override);
    assertEquals(other.shape, plain.shape);
    assert(valuesOf(other).every((x) => Math.abs(x) <= 1));
    assertNotEquals(maxDifference(other, plain), 0);
  }
});
