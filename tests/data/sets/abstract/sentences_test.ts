import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { UserError } from "../../../../src/base/errors.ts";
import { readSeedSentences, readSentences } from "../../../../src/data/sets/abstract/sentences.ts";
import { readTuples, tupleKey } from "../../../../src/data/sets/abstract/tuples.ts";
import { refusing, skipping } from "./fixture.ts";

const utf8 = (text: string) => new TextEncoder().encode(text);
const read = (text: string) => readSentences(utf8(text), "S1.txt", refusing);

Deno.test("readSentences() keeps three sentences a scene by number and skips blank lines", () => {
  const { byScene, surplus } = read("7\t1\tSecond. \r\n\r\n7\t0\tFirst.\r\n \r\n9\t2\tLast.\n9\t3\tToo many.\n");
  assertEquals([...byScene], [[7, ["First.", "Second."]], [9, [, , "Last."]]] as [number, string[]][]);
  assertEquals(surplus, ["S1.txt line 6"]);
});

Deno.test("readSentences() takes a tab inside a sentence for a space", () => {
  assertEquals(read("0\t0\tMike\truns.").byScene.get(0), ["Mike runs."]);
});

const bad: [string, string, string][] = [
  ["a scene out of range", "10020\t0\tMike.", 'S1.txt line 1: "10020" is not the number of a scene (0 to 10019)'],
  ["a scene that is no number", "0\t0\tMike.\nfour\t0\tJenny.", 'S1.txt line 2: "four" is not the number of a scene'],
  ["a line without tabs", "0 0 Mike.", 'line 1: "0 0 Mike." is not the number of a scene'],
  ["a missing number", "0", 'line 1: "" is not the number of a sentence'],
  ["a negative number", "0\t-1\tMike.", 'line 1: "-1" is not the number of a sentence'],
  ["an empty sentence", "0\t0\t ", "line 1: the sentence is missing"],
  ["a second sentence of one number", "0\t0\tA.\n0\t0\tB.", "line 2: sentence 0 of scene 0 occurs a second time"],
  ["zeros", "0\t0\tMike\0\0\0", "line 1: the sentence has control characters"],
];
for (const [what, text, words] of bad) {
  Deno.test(`readSentences() names file and line of ${what}, or skips the line`, () => {
    assertStringIncludes(assertThrows(() => read(text), UserError).message, words);
    const skipped = skipping();
    const { byScene } = readSentences(utf8(`${text}\n5\t0\tStill here.`), "S1.txt", skipped);
    assertEquals(byScene.get(5), ["Still here."]);
    assertEquals(skipped.messages.length, 1);
  });
}

Deno.test("readSeedSentences() returns one sentence per set, and an empty one for a blank line", () => {
  assertEquals(readSeedSentences(utf8("One. \r\n\r\nThree’s.\r\n\r\n"), "seeds", refusing), ["One.", "", "Three's."]);
  const long = utf8("A sentence.\n".repeat(1003));
  assertThrows(
    () => readSeedSentences(long, "seeds", refusing),
    UserError,
    "seeds line 1003: expected at most 1002 lines",
  );
  assertEquals(readSeedSentences(long, "seeds", skipping()).length, 1002);
  assertEquals(readSeedSentences(utf8("One.\nT\0o."), "seeds", skipping()), ["One.", ""]);
});

Deno.test("readTuples() gathers all tuples of a sentence", () => {
  const tuples = readTuples(utf8("7\t2\tplay\tmike\tball \r\n\r\n7\t2\tsee\tjenny\t\n7\t3\tx\n8\t0\n"), "T1", refusing);
  assertEquals([...tuples], [[tupleKey(7, 2), [["play", "mike", "ball"], ["see", "jenny"]]]]);
  assertThrows(() => readTuples(utf8("7\tplay"), "T1", refusing), UserError, 'T1 line 1: "play" is not the number');
  const skipped = skipping();
  assertEquals(readTuples(utf8("x\n1\t0\tru\0n\n1\t0\trun"), "T1", skipped).get(tupleKey(1, 0)), [["run"]]);
  assertEquals(skipped.messages.length, 2);
});
