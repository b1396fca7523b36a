import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { table } from "../../../src/cli/common/table.ts";

Deno.test("table() keeps short cells on one line, wraps long ones between words and has no colour codes", () => {
  const words = Array.from({ length: 30 }, (_, i) => `word${i}`);
  const text = table(["what", "found"], [["a b", words.join(" ")], ["lines", "one\ntwo"]]);
  for (const part of ["what", "a b", "one", "two", ...words]) assertStringIncludes(text, part);
  const lines = text.split("\n");
  assert(lines.every((line) => line.length === lines[0]!.length && line.length < 80));
  assertEquals(text.includes("\u001b"), false);
});
