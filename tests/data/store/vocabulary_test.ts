import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { UserError } from "../../../src/base/errors.ts";
import { random } from "../../../src/base/random.ts";
import { buildVocabulary, encode, tokenize, vocabularyFromWords } from "../../../src/data/store/vocabulary.ts";

Deno.test("tokenize() gives lower-case words and drops punctuation", () => {
  assertEquals(tokenize("Mike kicks the ball, and Jenny (aged 7) laughs!"), [
    ..."mike kicks the ball and jenny aged 7 laughs".split(" "),
  ]);
  assertEquals(tokenize(" … "), []);
});

Deno.test("buildVocabulary() sorts every word once after the two reserved entries", () => {
  const { words, index } = buildVocabulary(["The dog runs.", "the cat"]);
  assertEquals(words, ["<pad>", "<unk>", "cat", "dog", "runs", "the"]);
  assertEquals(index.get("dog"), 3);
});

Deno.test("vocabularyFromWords() restores a vocabulary from its JSON", () => {
  const vocabulary = buildVocabulary(["a red ball"]);
  assertEquals(vocabularyFromWords(JSON.parse(JSON.stringify(vocabulary.words))), vocabulary);
});

Deno.test("vocabularyFromWords() rejects lists that are not a vocabulary", () => {
  assertThrows(() => vocabularyFromWords(["dog", "cat"]), UserError, 'must be "<pad>" and "<unk>"');
  const error = assertThrows(() => vocabularyFromWords(["<pad>", "<unk>", "dog", "cat", "dog"]), UserError);
  assertStringIncludes(error.message, '"dog" twice');
});

Deno.test("encode() with a stream keeps a random choice of a long text's words, in their order", () => {
  const words = Array.from({ length: 30 }, (_, i) => `w${String(i).padStart(2, "0")}`);
  const vocabulary = buildVocabulary(words); // sorted: numbers rise with the words
  const long = words.join(" ");
  const stream = random(1, "words", 1);
  const drawn = Array.from({ length: 200 }, () => [...encode(vocabulary, long, 10, stream).tokens]);
  for (const tokens of drawn) assertEquals(tokens, [...new Set(tokens)].sort((a, b) => a - b));
  // Each word stays in a third of the draws: 67 ± 6.7.
  for (let number = 2; number < 32; number++) {
    const times = drawn.filter((tokens) => tokens.includes(number)).length;
    assert(times > 35 && times < 100, `word ${number} stayed ${times} times of 200`);
  }
  assertEquals(encode(vocabulary, long, 10, random(1, "words", 1)).tokens, Int32Array.from(drawn[0]!));
  const short = encode(vocabulary, "w03 w01", 10, random(1, "words", 1));
  assertEquals([...short.tokens.subarray(0, 3)], [5, 3, 0]);
});

Deno.test("encode() pads short captions, cuts long ones and lists unknown words once", () => {
  const vocabulary = buildVocabulary(["the dog runs"]);
  const short = encode(vocabulary, "The unicorn runs, unicorn!", 6);
  assertEquals([...short.tokens], [4, 1, 3, 1, 0, 0]);
  assertEquals(short.length, 4);
  assertEquals(short.unknown, ["unicorn"]);
  const long = encode(vocabulary, "the dog runs the dog wags", 4);
  assertEquals([...long.tokens], [4, 2, 3, 4]);
  assertEquals(long.length, 4);
  assertEquals(long.unknown, ["wags"]);
});
