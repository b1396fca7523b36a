import { assertEquals, assertThrows } from "@std/assert";
import { UserError } from "../../../../src/base/errors.ts";
import { plainSentence, textLines, wholeNumber } from "../../../../src/data/sets/abstract/text_lines.ts";

const utf8 = (text: string) => new TextEncoder().encode(text);
const latin = (text: string) => Uint8Array.from(text, (char) => char.charCodeAt(0));

Deno.test("textLines() takes both line ends and drops a byte order mark", () => {
  assertEquals(textLines(utf8("\ufeffone\r\ntwo\nthree\rfour\n\r\n"), "f"), ["one", "two", "three", "four", "", ""]);
  assertEquals(textLines(utf8(""), "f"), [""]);
});

Deno.test("textLines() reads each line in its own encoding", () => {
  const bytes = new Uint8Array([...utf8("UTF-8 “é”\r\n"), ...latin("1252 \x93\xe9\x94\r\n"), ...utf8("“again”")]);
  assertEquals(textLines(bytes, "f"), ["UTF-8 “é”", "1252 “é”", "“again”"]);
});

Deno.test("textLines() refuses UTF-16, which would read as letters with gaps", () => {
  assertThrows(() => textLines(new Uint8Array([0xff, 0xfe, 65, 0]), "list.txt"), UserError, "list.txt is UTF-16");
});

Deno.test("plainSentence() straightens quotes and spaces and refuses what a damaged disk writes", () => {
  assertEquals(plainSentence(" Mike’s  “dog”\truns. "), 'Mike\'s "dog" runs.');
  assertEquals(plainSentence(""), "");
  assertEquals(plainSentence("Mike\0runs"), undefined);
  assertEquals(plainSentence("Mike \ufffd runs"), undefined);
});

Deno.test("wholeNumber() takes nothing but whole numbers in range", () => {
  assertEquals(
    ["0", "7", "-1", "8", "1.5", "1e3", "", "٣", "99999999999", undefined].map((t) => wholeNumber(t, 0, 7)),
    [
      0,
      7,
      ...Array(8).fill(undefined),
    ],
  );
});
