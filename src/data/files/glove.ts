/**
 * Word vectors in the format of GloVe (Pennington et al., 2014): a text file with a word and its numbers on each line.
 *
 * The published file has 5 GB, so it is read line by line, and only vectors of words in the vocabulary are kept.
 */
import { createHash } from "node:crypto";
import { fail, UserError } from "../../base/errors.ts";
import { reason } from "../../base/files.ts";
import { counted } from "../../base/text.ts";
import type { Vocabulary } from "../store/vocabulary.ts";

/** The vectors of a vocabulary's words. */
export interface WordVectors {
  /** Vector [E] by index of the word; words that the file does not contain have no entry. */
  vectors: Map<number, Float32Array>;
  /** SHA-256 of the file. */
  digest: string;
}

/** Characters; no line of a file of word vectors is longer. */
const longestLine = 1 << 20;

/**
 * Reads the vectors of a vocabulary's words.
 *
 * @param width E, the number of values of a vector
 * @throws UserError when the file cannot be read, or when a line does not contain `width` numbers
 */
export async function readGlove(path: string, vocabulary: Vocabulary, width: number): Promise<WordVectors> {
  const vectors = new Map<number, Float32Array>();
  const hash = createHash("sha256");
  let rest = "";
  let number = 0;

  function read(line: string): void {
    number++;
    const first = line.slice(0, Math.max(0, line.indexOf(" ")));
    // Lines of other words are skipped (a file may have two million); the first is parsed to check the format.
    if (number > 1 && !vocabulary.index.has(first)) return;
    const fields = line.trimEnd().split(" ");
    // Some words of the published files contain spaces: the vector is the last E fields.
    const word = fields.slice(0, -width).join(" ");
    const surplus = fields.length - 1 > width && Number.isFinite(Number(fields[fields.length - width - 1]));
    if (fields.length - 1 < width || surplus) {
      fail(
        `"${path}", line ${number} holds a vector of ${
          counted(fields.length - 1, "number")
        }, but text.embedding is ${width}; ` +
          `set text.embedding=${fields.length - 1}, or use another file.`,
      );
    }
    const vector = Float32Array.from(fields.slice(-width), (field) => field === "" ? NaN : Number(field));
    const broken = vector.findIndex((value) => !Number.isFinite(value));
    if (broken >= 0) {
      fail(
        `"${path}", line ${number}: "${fields.slice(-width)[broken]}" is not a number; expected a word and ${width} ` +
          `numbers. Download the file again.`,
      );
    }
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
        fail(
          `"${path}", line ${number + 1} has more than ${longestLine} characters, so this is not a text file of word ` +
            `vectors; use a file in the format of GloVe.`,
        );
      }
    }
  } catch (error) {
    if (error instanceof UserError) throw error;
    fail(`Cannot read the word vectors "${path}": ${reason(error)}.`, error);
  }
  if (rest !== "") read(rest);
  if (number === 0) fail(`The file of word vectors "${path}" is empty; download it again.`);
  return { vectors, digest: hash.digest("hex") };
}
