/** Words of any script; English ones are what they always were. */
import { assertEquals } from "@std/assert";
import { buildVocabulary, readText, tokenize } from "../../../src/data/store/vocabulary.ts";
import { fail } from "../../../src/base/errors.ts";
import { sha256 } from "../../../src/base/files.ts";
import { source } from "../../../src/data/sets/clipart/mod.ts";

const before = (text: string) => text.toLowerCase().match(/\w+/g) ?? [];

Deno.test("tokenize() keeps letters, marks and digits of any script, composed or not", () => {
  const texts: [string, ...string[]][] = [
    ["Zoë sieht die Größe.", "zoë", "sieht", "die", "größe"],
    ["Миа ждёт!", "миа", "ждёт"],
    ["İzmir'de", "i\u0307zmir", "de"],
    ["हिन्दी में", "हिन्दी", "में"],
    ["٣ قطط", "٣", "قطط"],
    ["क्\u200dष Son\u00adne", "क्ष", "sonne"], // a joiner, a soft hyphen
    ["Mia ❤\ufe0f 1\ufe0f", "mia", "1"], // variation selectors are no words
    ["J\u030c", "\u01f0"], // composed in lower case only
  ];
  for (const [text, ...words] of texts) {
    assertEquals(tokenize(text.normalize("NFC")), words);
    assertEquals(tokenize(text.normalize("NFD")), words);
  }
});

Deno.test("tokenize() splits English sentences as ever: apostrophes, hyphens, digits, quotes, underscores", () => {
  const sentences = [
    "Mike's dog doesn't like Jenny’s well-known T-shirt.",
    "It's 3.5 m² (about 12' x 3½\") at 10:30 - or 22h_later…",
    'He said: "O\'Brien & sons — 100% off!" #1 @home foo_bar',
    "",
  ];
  for (const text of sentences) assertEquals(tokenize(text), before(text));
});

Deno.test("the vocabulary of clipart is the one that recorded runs were trained with", async () => {
  const { frames, stories } = await source.open(source.options.parse({ stories: 60 }), { drop: fail });
  const captions = stories.filter(({ split }) => split === "train")
    .flatMap((story) => story.frames.flatMap((number) => frames[number]!.captions.map(({ text }) => text)));
  for (const text of captions) assertEquals(tokenize(text), before(text));
  assertEquals(
    sha256(buildVocabulary(captions).words.join(" ")),
    "a7e773c3b1ff331754c30c6fef698b1b4d2468dd8005826efcfc1e30caac0b37", // as with the words of \w+
  );
});

Deno.test("readText() shows what a model reads of a text", () => {
  const vocabulary = buildVocabulary(["the größe of mia"]);
  assertEquals(readText(vocabulary, "The Gro\u0308ße of Zoë?", 9), "The Größe of <unk>?");
  assertEquals(readText(vocabulary, "Of Mia, the end.", 2), "Of Mia …");
  assertEquals(readText(vocabulary, "Of Mia.", 2), "Of Mia.");
});
