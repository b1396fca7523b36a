import { assert, assertEquals, assertGreater } from "@std/assert";
import { tf, valueAndGradients } from "../../../src/engine/mod.ts";
import { initialize } from "../../../src/model/parameters.ts";
import { encodeText, textParameters } from "../../../src/model/damsm/text_encoder.ts";
import { scalarOf, smallestConfig, valuesOf } from "../tiny_model.ts";

const config = smallestConfig();
const state = initialize(textParameters(config, 9), 3);

Deno.test("encodeText() encodes a caption the same alone and among longer ones", () => {
  const tokens = tf.tensor2d([[4, 2, 0, 0], [3, 5, 8, 1]], undefined, "int32");
  const mask = tf.tensor2d([[1, 1, 0, 0], [1, 1, 1, 1]]);
  const both = encodeText(config, state, tokens, mask);
  assertEquals([both.words.shape, both.sentence.shape], [[2, 4, 8], [2, 8]]);
  const alone = encodeText(config, state, tf.tensor2d([[4, 2]], undefined, "int32"), tf.ones([1, 2]));
  assertEquals(valuesOf(both.sentence.slice([0, 0], [1, 8])), valuesOf(alone.sentence));
  assertEquals(valuesOf(both.words.slice([0, 0, 0], [1, 2, 8])), valuesOf(alone.words));
});

Deno.test("encodeText() gives no number that is not finite for a caption without words", () => {
  const { words, sentence } = encodeText(config, state, tf.zeros([1, 3], "int32"), tf.zeros([1, 3]));
  assertEquals([...valuesOf(words), ...valuesOf(sentence)].filter((value) => value !== 0), []);
});

Deno.test("encodeText() multiplies the embeddings by the dropout factors", () => {
  const tokens = tf.tensor2d([[4, 2]], undefined, "int32");
  const plain = encodeText(config, state, tokens, tf.ones([1, 2]));
  const kept = encodeText(config, state, tokens, tf.ones([1, 2]), tf.ones([1, 2, 6]));
  assertEquals(valuesOf(kept.sentence), valuesOf(plain.sentence));
  const dropped = encodeText(config, state, tokens, tf.ones([1, 2]), tf.zeros([1, 2, 6]));
  const other = encodeText(
    config,
    state,
    tf.tensor2d([[7, 6]], undefined, "int32"),
    tf.ones([1, 2]),
    tf.zeros([1, 2, 6]),
  );
  assertEquals(valuesOf(dropped.sentence), valuesOf(other.sentence));
});

Deno.test("encodeText() has gradients for every tensor, and for the embeddings of words in use alone", () => {
  const tokens = tf.tensor2d([[4, 2, 0], [4, 5, 3]], undefined, "int32");
  const mask = tf.tensor2d([[1, 1, 0], [1, 1, 1]]);
  const { gradients } = valueAndGradients((parameters) => {
    const { words, sentence } = encodeText(config, parameters, tokens, mask);
    return [tf.add(tf.sum(tf.square(words)), tf.sum(sentence)), {}];
  }, state);
  for (const [name, gradient] of Object.entries(gradients)) {
    assertGreater(scalarOf(tf.max(tf.abs(gradient))), 1e-6, name);
  }
  const byWord = valuesOf(tf.max(tf.abs(gradients["text.embedding"]!), 1));
  assert([2, 3, 4, 5].every((word) => byWord[word]! > 0));
  assert([0, 1, 6, 7, 8].every((word) => byWord[word] === 0));
});
