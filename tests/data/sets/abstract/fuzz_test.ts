/** Every text reader with damaged input: it refuses by a UserError, or leaves out what it cannot use. */
import type { BadInput } from "../../../../src/data/sets/source.ts";
import { readScenes } from "../../../../src/data/sets/abstract/scenes.ts";
import { readSeedSentences, readSentences } from "../../../../src/data/sets/abstract/sentences.ts";
import { readTuples } from "../../../../src/data/sets/abstract/tuples.ts";
import { fuzz } from "../../../fixtures/fuzz.ts";
import { abstractFiles, refusing, skipping } from "./fixture.ts";

type Reader = (bytes: Uint8Array, where: string, bad: BadInput) => unknown;

const readers: [Reader, string][] = [
  [readScenes, "Scenes_10020.txt"],
  [readSentences, "SimpleSentences/SimpleSentences1_10020.txt"],
  [readSentences, "SimpleSentences/SimpleSentences2_10020.txt"],
  [readSeedSentences, "Sentences_1002.txt"],
  [readTuples, "SimpleSentences/tuples/TuplesText1_10020.txt"],
];

for (const [read, path] of readers) {
  Deno.test(`${read.name}() meets 2,000 damaged copies of ${path} with nothing but user errors`, async () => {
    const files = await abstractFiles({ sets: 1, rendered: false });
    const content = files[path]!;
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    await fuzz(path, bytes, (damaged) => {
      read(damaged, path, skipping());
      read(damaged, path, refusing);
    });
  });
}
