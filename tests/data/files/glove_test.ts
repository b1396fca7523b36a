import { assertAlmostEquals, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { UserError } from "../../../src/base/errors.ts";
import { sha256 } from "../../../src/base/files.ts";
import { readGlove } from "../../../src/data/files/glove.ts";
import { buildVocabulary } from "../../../src/data/store/vocabulary.ts";

const vocabulary = buildVocabulary(["the dog runs to the cat"]);
const number = (word: string) => vocabulary.index.get(word)!;

async function withFile<T>(text: string, work: (path: string) => Promise<T>): Promise<T> {
  const path = await Deno.makeTempFile({ suffix: ".txt" });
  try {
    await Deno.writeTextFile(path, text);
    return await work(path);
  } finally {
    await Deno.remove(path);
  }
}

async function refused(text: string, ...parts: string[]): Promise<void> {
  await withFile(text, async (path) => {
    const { message } = await assertRejects(() => readGlove(path, vocabulary, 3), UserError);
    for (const part of parts) assertStringIncludes(message, part);
  });
}

Deno.test("readGlove() returns the vectors of words in the vocabulary, and the file's digest", () => {
  const text = "the 0.5 -1 2e-1\nunicorn 1 1 1\nto the moon 9 9 9\ncat 1 2 3\r\ndog 4 5 6";
  return withFile(text, async (path) => {
    const { vectors, digest } = await readGlove(path, vocabulary, 3);
    assertEquals([...vectors.keys()].sort(), [number("cat"), number("dog"), number("the")].sort());
    assertEquals([...vectors.get(number("cat"))!], [1, 2, 3]);
    assertEquals([...vectors.get(number("dog"))!], [4, 5, 6]);
    assertAlmostEquals(vectors.get(number("the"))![2]!, 0.2, 1e-7);
    assertEquals(digest, sha256(text));
  });
});

Deno.test("readGlove() reads lines that span two chunks of the file", () => {
  const many = Array.from({ length: 20_000 }, (_, i) => `w${i} ${i} 0.25 -0.5`).join("\n");
  return withFile(`${many}\ncat 7 8 9\n`, async (path) => {
    const all = buildVocabulary([...Array.from({ length: 20_000 }, (_, i) => `w${i}`), "cat"]);
    const { vectors } = await readGlove(path, all, 3);
    assertEquals(vectors.size, 20_001);
    assertEquals([...vectors.get(all.index.get("w12345")!)!], [12345, 0.25, -0.5]);
  });
});

Deno.test("readGlove() names the line that has another number of values or is not numeric", async () => {
  await refused("the 1 2 3\ncat 1 2\n", "line 2 holds a vector of 2 numbers", "text.embedding is 3");
  await refused("unicorn 1 2 3 4 5\n", "line 1 holds a vector of 5 numbers", "set text.embedding=5");
  await refused("the 1 2 3\nunicorn 1\ndog 1 two 3\n", 'line 3: "two" is not a number');
  await refused("", "is empty");
  await refused("the 1 2 3\n" + "x".repeat(2 << 20), "line 2 has more than 1048576 characters");
  const { message } = await assertRejects(() => readGlove("/nowhere/glove.txt", vocabulary, 3), UserError);
  assertStringIncludes(message, "there is no such file or folder");
});
