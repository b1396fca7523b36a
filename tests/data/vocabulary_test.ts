import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { UserError } from "../../src/base/errors.ts";
import { buildVocabulary, encode, tokenize, vocabularyFromWords } from "../../src/data/vocabulary.ts";

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

Deno.test("vocabularyFromWords() refuses lists that are no vocabulary", () => {
  assertThrows(() => vocabularyFromWords(["dog", "cat"]), UserError, '"<pad>"');
  const error = assertThrows(() => vocabularyFromWords(["<pad>", "<unk>", "dog", "cat", "dog"]), UserError);
  assertStringIncludes(error.message, '"dog" twice');
});

Deno.test("encode() pads short captions, cuts long ones and names unknown words once", () => {
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
