import { assert, assertEquals, assertLess } from "@std/assert";
import { tf } from "../../../../src/engine/mod.ts";
import {
  discriminatorNoise,
  discriminatorParameters,
  encodePictures,
  joinCondition,
  joinFeatures,
} from "../../../../src/model/systems/ours/discriminator.ts";
import { type Words, wordsOf } from "../../../../src/model/systems/ours/dynamic_block.ts";
import { openNet } from "../../../../src/model/net.ts";
import {
  asBefore,
  drawAll,
  freshNet,
  livelyState,
  maxDifference,
  normals,
  randomText,
  resolveOurs,
  smallestConfig,
  valuesOf,
} from "../../tiny_model.ts";

const config = smallestConfig();

Deno.test("joinFeatures() and joinCondition() add up to the convolution of both with the condition tiled", () => {
  const net = freshNet(discriminatorParameters(config), true);
  const features = normals([2, 4, 4, 32], "features");
  const condition = normals([2, 12], "condition");
  const tiled = tf.tile(condition.reshape([2, 1, 1, 12]), [1, 4, 4, 1]);
  const kernel = net.state["discriminator.conditional.join.kernel"] as tf.Tensor4D;
  const expected = tf.conv2d(tf.concat([features, tiled], 3) as tf.Tensor4D, kernel, 1, "same");
  assertLess(maxDifference(tf.add(joinFeatures(net, features), joinCondition(net, condition)), expected), 1e-5);
});

Deno.test("discriminatorParameters() puts spectral norm on every convolution and BatchNorm on layers 2 to 4", () => {
  const names = discriminatorParameters(config).map(({ name }) => name);
  const kernels = names.filter((name) => name.endsWith(".kernel"));
  assertEquals(kernels.length, 8); // four of the encoder, one fuse, one joining, two outputs
  assert(kernels.every((name) => names.includes(`${name}.u`)));
  assert(!names.includes("discriminator.conv1.bn.scale") && names.includes("discriminator.conv2.bn.scale"));
});

Deno.test("encodePictures() depends on its words, unless its blocks have self-attention only", () => {
  const changes = (mode: string, ...others: string[]) => {
    const config = smallestConfig(`model.db.d=${mode}`, ...others);
    const net = openNet(livelyState(discriminatorParameters(config)), true);
    const images = tf.tanh(normals([2, 64, 64, 3], "images"));
    const noise = drawAll(discriminatorNoise(config, 2));
    const text = randomText(config, 1, 2, 3);
    const encode = (words: tf.Tensor) =>
      encodePictures(net, config, images, wordsOf(net, "discriminator", config, { ...text, words }), noise, "real")
        .features;
    assertEquals(encode(text.words).shape, [2, 4, 4, 32]);
    return maxDifference(encode(text.words), encode(tf.neg(text.words)));
  };
  for (const others of [[], asBefore]) {
    assert(changes("both", ...others) > 1e-4);
    assert(changes("wsa", ...others) > 1e-4);
    assertEquals(changes("sa", ...others), 0);
    assertEquals(changes("identity", ...others), 0);
    assertEquals(changes("none", ...others), 0);
  }
});

Deno.test("encodePictures() from the first block on is the whole pass, with the words of the second", () => {
  for (const sizes of ["[8]", "[16,8]", "[16]"]) {
    const config = smallestConfig(`model.db.dSizes=${sizes}`);
    const net = openNet(livelyState(discriminatorParameters(config)), true);
    const images = tf.tanh(normals([2, 64, 64, 3], "images"));
    const drawn = drawAll(discriminatorNoise(config, 2));
    // The same noise in both passes, so that they differ in nothing but where they start.
    const noise = {
      ...drawn,
      "logistic.wrong.d8": drawn["logistic.real.d8"]!,
      "logistic.wrong.d16": drawn["logistic.real.d16"]!,
    };
    const text = randomText(config, 1, 2, 3);
    const [words, others] = [text.words, tf.neg(text.words)].map((words) =>
      wordsOf(net, "discriminator", config, { ...text, words })
    ) as [Words, Words];
    const { features, ofPicture } = encodePictures(net, config, images, words, noise, "real");
    assertEquals(ofPicture.shape, sizes === "[8]" ? [2, 8, 8, 16] : [2, 16, 16, 8]);
    const again = encodePictures(net, config, ofPicture, words, noise, "wrong", "first block");
    assertEquals(maxDifference(again.features, features), 0);
    const changed = encodePictures(net, config, ofPicture, others, noise, "wrong", "first block");
    const whole = encodePictures(net, config, images, others, noise, "wrong");
    assertEquals(maxDifference(changed.features, whole.features), 0);
    assertLess(1e-4, maxDifference(changed.features, features));
  }
});

Deno.test("encodePictures() of a discriminator without blocks gives its features as those of the picture alone", () => {
  const none = smallestConfig("model.db.d=none");
  const net = openNet(livelyState(discriminatorParameters(none)), true);
  const words = { values: tf.zeros([2, 3, 8]), mask: tf.ones([2, 3]) };
  const encoded = encodePictures(net, none, tf.zeros([2, 64, 64, 3]), words, {}, "real");
  assertEquals(encoded.ofPicture, encoded.features);
  assertEquals(encoded.selectors, {});
});

Deno.test("discriminatorNoise() lists a logistic for each choosing block and pass", () => {
  const former = discriminatorNoise(resolveOurs("paper", ["loss.wrong=condition"]), 60);
  const names = ["logistic.real.d16", "logistic.real.d8", "logistic.fake.d16", "logistic.fake.d8"];
  assertEquals(Object.keys(former), names);
  const paper = discriminatorNoise(resolveOurs("paper"), 60);
  assertEquals(Object.keys(paper), [...names, "logistic.wrong.d16", "logistic.wrong.d8"]);
  assert(Object.values(paper).every(({ shape, kind }) => shape.join() === "60" && kind === "logistic"));
  for (const mode of ["wsa", "sa", "identity", "none"]) {
    assertEquals(discriminatorNoise(resolveOurs("paper", [`model.db.d=${mode}`]), 60), {});
  }
});

Deno.test("encodePictures() reports the mean p(SA) of its blocks", () => {
  const net = openNet(livelyState(discriminatorParameters(config)), true);
  const noise = drawAll(discriminatorNoise(config, 2));
  const words = wordsOf(net, "discriminator", config, randomText(config, 1, 2, 3));
  const { selectors } = encodePictures(net, config, tf.zeros([2, 64, 64, 3]), words, noise, "fake");
  assertEquals(Object.keys(selectors), ["d8"]);
  const [mean] = valuesOf(selectors.d8!);
  assert(mean! > 0 && mean! < 1);
});
