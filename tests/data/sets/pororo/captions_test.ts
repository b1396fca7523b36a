import { assertEquals, assertThrows } from "@std/assert";
import { UserError } from "../../../../src/base/errors.ts";
import { fromCsv } from "../../../../src/data/sets/pororo/captions.ts";
import { fuzz } from "../../../fixtures/fuzz.ts";

const episodes = ["S1/S1_ep1", "S1/S1_ep10", "S2/twin", "S3/twin"];

/** Captions by clip, and what was dropped. */
function read(csv: string | Uint8Array): [Record<string, string[]>, string[]] {
  const dropped: string[] = [];
  const bytes = typeof csv === "string" ? new TextEncoder().encode(csv) : csv;
  const captions = fromCsv(bytes, "d.csv", episodes, { drop: (message) => void dropped.push(message) });
  return [Object.fromEntries(captions), dropped];
}

Deno.test("fromCsv() reads quotes, commas, line ends of Windows, several captions and spellings of a clip", () => {
  const [captions, dropped] = read(
    '\ufeffS1_ep1,1,"A sea, and ""hills"". "\r\nS1_ep1,1,Snow.\r\n\r\nS1/S1_ep1,2.png,He says "hi" loud.\nx/S1/S1_ep10/,03,No.\n' +
      "S3/twin,4.gif,Twin.",
  );
  assertEquals(captions, {
    "S1/S1_ep1/1": ['A sea, and "hills".', "Snow."],
    "S1/S1_ep1/2": ['He says "hi" loud.'],
    "S3/twin/4": ["Twin."],
  });
  assertEquals(dropped, ['d.csv, line 5: "03" is not the number of a clip.']);
});

Deno.test("fromCsv() reads quotes that are typographic, in UTF-8 and in Windows-1252", () => {
  assertEquals(read("S1_ep1,1,\u201chi\u201d")[0], { "S1/S1_ep1/1": ["\u201chi\u201d"] });
  assertEquals(read(Uint8Array.from("S1_ep1,1,\x93hi\x94", (char) => char.charCodeAt(0)))[0], {
    "S1/S1_ep1/1": ["\u201chi\u201d"],
  });
});

Deno.test("fromCsv() names the line of a row that it cannot use", () => {
  const [, dropped] = read(
    "S1_ep1,1\nS1_ep1,x,a\nS1_ep1,1,  \nno,1,a\nno,2,b\ntwin,1,a\nS1_ep1,1,a,b\nS1_ep1,1,a\x00b",
  );
  assertEquals(dropped, [
    "d.csv, line 1 has 2 columns, expected 3: episode, clip, caption.",
    'd.csv, line 2: "x" is not the number of a clip.',
    "d.csv, line 3: the caption is empty or damaged.",
    'd.csv, line 4: the episode "no" has captions but no folder with strips.',
    'd.csv, line 6: "twin" matches several episodes: "S2/twin", "S3/twin".',
    "d.csv, line 7 has 4 columns, expected 3: episode, clip, caption.",
    "d.csv, line 8: the caption is empty or damaged.",
  ]);
  assertThrows(() => read('S1_ep1,1,a\nS1_ep1,2,"b\nS1_ep1,3,c\n'), UserError, "d.csv, line 2: the row does not end");
  assertThrows(
    () => read(`S1_ep1,1,a\nS1_ep1,2,"${"b\n".repeat(9000)}"`),
    UserError,
    "d.csv, line 2: the row does not end",
  );
});

Deno.test("fromCsv() survives damage", async () => {
  const rows = Array.from({ length: 40 }, (_, i) => `S1_ep1${i % 2 ? "0" : ""},${i},"He says ""hi"", and waves."\n`);
  await fuzz("csv", new TextEncoder().encode(rows.join("")), read, 2000);
});
