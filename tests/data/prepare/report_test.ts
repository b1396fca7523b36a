import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import sharp from "sharp";
import { z } from "zod";
import { prepareSet } from "../../../src/data/mod.ts";
import { setSource } from "../../../src/data/sets/source.ts";

const evil = `<script>alert("1")</script>\u0000\u001b[2J`;

/** Three stories of one frame, the last one unreadable; captions, labels and names contain markup. */
const source = setSource({
  name: "evil",
  version: 1,
  about: "",
  from: false,
  options: z.object({}),
  open(_options, bad) {
    for (let i = 0; i < 300; i++) bad.drop(`evil.txt:${i + 1}: there is no ${evil}`);
    const texts = [`a red red ball ${evil}`, "a blue kite", "one green kite and a ball"];
    return Promise.resolve({
      length: 1,
      labels: ["<b>", "plain"],
      frames: texts.map((text, i) => ({
        id: `frame ${i}`,
        captions: [{ text }],
        labels: [1, i === 0 ? 1 : 0],
        pictures: () => Promise.resolve(Array.from({ length: i + 1 }, () => new Uint8Array(64 * 64 * 3).fill(40 * i))),
      })),
      stories: (["train", "val", "test"] as const).map((split, i) => ({ id: `story ${i}`, split, frames: [i] })),
      warnings: [evil],
      findings: () => ["The renderer differs by 0.3 grey levels."],
    });
  },
});

Deno.test("prepareSet() reports counts, words, clips, labels and skipped input, as text and as a page", async () => {
  const root = await Deno.makeTempDir();
  try {
    await prepareSet(source, { root, skipBad: true });
    const text = await Deno.readTextFile(`${root}/evil/report.txt`);
    for (
      const line of [
        /train +1 +1 +1\n/,
        /val +1 +1 +2\n/,
        /test +1 +1 +3\n/,
        /all +3 +3 +6\n/,
        /distinct words +\d+\n/,
        /words of val that are not in train +2 of 3 \(66\.7 %\), 66\.7 % of the text/,
        /words of test that are not in train +4 of 6 \(66\.7 %\)/,
        /\n +ball +2 +█+\n/,
        /<b> +3 +█+\n +plain +1 +█+\n/,
        /renderer differs by 0\.3/,
        /evil\.txt:300: there is no/,
        /Skipped: 300 invalid inputs and, because of them, 0 stories/,
      ]
    ) assert(line.test(text), `${line} in ${text}`);
    assert(!/\p{Cc}/u.test(text.replaceAll("\n", "")));

    const page = await Deno.readTextFile(`${root}/evil/report.html`);
    assert(!/<script|https?:\/\/(?!www\.w3\.org\/)/.test(page)); // but for the names of SVG's namespaces
    assertEquals(page.match(/<svg /g)!.length, 4); // lengths, words, clips, labels
    assertStringIncludes(page, "&lt;script&gt;alert(&quot;1&quot;)");
    assertStringIncludes(page, "evil.txt:200:");
    assert(!page.includes("evil.txt:201:"));
    assertStringIncludes(page, "… and 100 more, see report.txt");
    const sheet = await Deno.readFile(`${root}/evil/prepared/contact.png`);
    assertStringIncludes(page, `data:image/png;base64,${sheet.toBase64()}`);
    assertEquals((await sharp(sheet).metadata()).width, 140);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});
