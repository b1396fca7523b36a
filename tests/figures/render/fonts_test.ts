import { assertAlmostEquals, assertEquals } from "@std/assert";
import { textWidth, wrapText } from "../../../src/figures/render/fonts.ts";

/** Advance widths of DejaVu Sans 2.37 in its 2048 units an em, as fonttools prints them. */
const advances = { " ": 651, A: 1401, m: 1995, é: 1260, "↓": 1716, τ: 1233 };

Deno.test("textWidth() reads the font's own widths", () => {
  for (const [sign, units] of Object.entries(advances)) assertAlmostEquals(textWidth(sign, 2048), units, 1e-9, sign);
  assertAlmostEquals(textWidth("Am", 11), (1401 + 1995) * 11 / 2048, 1e-9);
});

Deno.test("textWidth() is larger for bold text, and the same for all letters of the mono face", () => {
  assertEquals(textWidth("story", 11, "bold") > textWidth("story", 11), true);
  assertEquals(textWidth("iiiii", 11, "mono"), textWidth("MMMMM", 11, "mono"));
});

Deno.test("wrapText() breaks between words, as late as possible, and never inside a word", () => {
  const text = "Mike is out to play in the park of incomprehensibilities.";
  const lines = wrapText(text, 100, 11);
  assertEquals(lines.join(" "), text);
  for (const [i, line] of lines.entries()) {
    assertEquals(textWidth(line, 11) <= 100 || !line.includes(" "), true, line);
    const next = lines[i + 1]?.split(" ")[0];
    if (next) assertEquals(textWidth(`${line} ${next}`, 11) > 100, true, line);
  }
});
