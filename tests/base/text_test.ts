import { assertEquals } from "@std/assert";
import { reasonInLine } from "../../src/base/files.ts";
import { counted, fixed } from "../../src/base/text.ts";

Deno.test("counted() has the singular for one alone", () => {
  assertEquals([0, 1, 2].map((n) => counted(n, "frame")), ["0 frames", "1 frame", "2 frames"]);
  assertEquals([1, 5].map((n) => counted(n, "story", "stories")), ["1 story", "5 stories"]);
});

Deno.test("fixed() gives no negative zero, and keeps the sign of all other numbers", () => {
  assertEquals([-0.0004, -0, -0.0005001, -12.3456, 0.0004].map((value) => fixed(value, 3)), [
    "0.000",
    "0.000",
    "-0.001",
    "-12.346",
    "0.000",
  ]);
  assertEquals([fixed(-0.4, 0), fixed(-0.6, 0)], ["0", "-1"]);
});

Deno.test("reasonInLine() has no line number of its own", () => {
  const reasonOf = (text: string) => {
    try {
      JSON.parse(text);
      return "";
    } catch (error) {
      return reasonInLine(error);
    }
  };
  assertEquals(reasonOf('{"a": 1 "b"}'), "Expected ',' or '}' after property value at column 9");
  assertEquals(reasonOf("{"), "Expected property name or '}' at column 2");
  assertEquals(reasonOf(""), "Unexpected end of JSON input");
});
