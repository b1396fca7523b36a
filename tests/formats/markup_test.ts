import { assertEquals } from "@std/assert";
import { escapeMarkup } from "../../src/formats/markup.ts";

Deno.test("escapeMarkup() leaves no sign of a tag, and nothing that XML cannot hold", () => {
  assertEquals(escapeMarkup(`<b a="1" c='2'>&`), "&lt;b a=&quot;1&quot; c=&#39;2&#39;&gt;&amp;");
  assertEquals(escapeMarkup("a\u0000b\u001bc\ud800d\uffff"), "a\ufffdb\ufffdc\ufffdd\ufffd");
  assertEquals(escapeMarkup("tab\tline\nпороро 😀"), "tab\tline\nпороро 😀");
});
