import { assertEquals } from "@std/assert";
import { wrapped } from "../../../src/cli/common/usage.ts";

Deno.test("wrapped() breaks between words before column 120, indents further lines, and keeps all words", () => {
  const words = Array.from({ length: 40 }, (_, i) => `word${i}`);
  const lines = wrapped(words.join(" "), 20).split("\n");
  assertEquals(lines.length > 1, true);
  assertEquals(lines.slice(1).every((line) => /^ {20}\S/.test(line) && line.length <= 120), true);
  assertEquals(lines[0]!.length + 20 <= 120, true);
  assertEquals(lines.map((line) => line.trim()).join(" "), words.join(" "));
  assertEquals(wrapped("short", 20), "short");
});
