/**
 * Word vectors as GloVe publishes them (Pennington et al., 2014): a text file, on each line a word and its numbers.
 *
 * The real file has 5 GB, so it is read line by line, and only vectors of words in the vocabulary are kept.
 */
import { createHash } from "node:crypto";
import { fail, UserError } from "../../base/errors.ts";
import { reason } from "../../base/files.ts";
import type { Vocabulary } from "../store/vocabulary.ts";

/** The vectors of a vocabulary's words. */
export interface WordVectors {
  /** Vector [E] by number of the word; words that the file lacks are not in it. */
  vectors: Map<number, Float32Array>;
  /** SHA-256 of the file. */
  digest: string;
}

/** Characters of a line that no file of word vectors reaches. */
const longestLine = 1 << 20;

/**
 * Reads the vectors of a vocabulary's words.
 *
 * @param width E, how many numbers a vector must have
 * @throws UserError when the file cannot be read, or naming the line that has another count of numbers or none that are.
 */
export async function readGlove(path: string, vocabulary: Vocabulary, width: number): Promise<WordVectors> {
  const vectors = new Map<number, Float32Array>();
  const hash = createHash("sha256");
  let rest = "";
  let number = 0;

  function read(line: string): void {
    number++;
    const first = line.slice(0, Math.max(0, line.indexOf(" ")));
    // Words that we lack are passed over unread, for a file may have two million; but for one line, to know the file.
    if (number > 1 && !vocabulary.index.has(first)) return;
    const fields = line.trimEnd().split(" ");
    // Some words of the published files have spaces in them: the vector is the last E fields.
    const word = fields.slice(0, -width).join(" ");
    const surplus = fields.length - 1 > width && Number.isFinite(Number(fields[fields.length - width - 1]));
    if (fields.length - 1 < width || surplus) {
      fail(
        `"${path}", line ${number} holds a vector of ${fields.length - 1} numbers, and text.embedding is ${width}; ` +
          `set text.embedding=${fields.length - 1}, or take another file.`,
      );
    }
    const vector = Float32Array.from(fields.slice(-width), (field) => field === "" ? NaN : Number(field));
    const broken = vector.findIndex((value) => !Number.isFinite(value));
    if (broken >= 0) fail(`"${path}", line ${number}: "${fields.slice(-width)[broken]}" is not a number.`);
    const index = vocabulary.index.get(word);
    if (index !== undefined) vectors.set(index, vector);
  }

  try {
    using file = await Deno.open(path);
    const decoder = new TextDecoder();
    for await (const chunk of file.readable) {
      hash.update(chunk);
      const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
      rest = lines.pop()!;
      for (const line of lines) read(line);
      if (rest.length > longestLine) {
        fail(`"${path}", line ${number + 1} has no end; is that a text file of word vectors?`);
      }
    }
  } catch (error) {
    if (error instanceof UserError) throw error;
    fail(`Cannot read the word vectors "${path}": ${reason(error)}.`, error);
  }
  if (rest !== "") read(rest);
  if (number === 0) fail(`The file of word vectors "${path}" is empty.`);
  return { vectors, digest: hash.digest("hex") };
}
