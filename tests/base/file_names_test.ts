import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { fileNameOf, idOfFileName, idProblem } from "../../src/base/file_names.ts";

const ids = [
  "test-00195",
  "Pororo_ENGLISH1_1/ep1/12",
  "../../escaped",
  "/abs",
  "C:\\a",
  ".",
  "..",
  ".hidden",
  "a.",
  "50%",
]
  .concat(
    "%2F",
    "a%2Fb",
    "a/b",
    "nul",
    "COM1.x",
    "Zoë",
    "Zoe\u0308",
    "Миа",
    "a b",
    "é".repeat(20),
    "a\u0000",
    "\n",
    "🎈",
  );

Deno.test("fileNameOf() gives every id a name of its own that no system reads as a path, and idOfFileName() the id again", () => {
  const names = ids.map(fileNameOf);
  assertEquals(new Set(names).size, ids.length);
  assertEquals(names.map(idOfFileName), ids);
  for (const name of names) assert(/^[\w%-](?:[\w.%-]*[\w%-])?$/.test(name) && !/^(nul|com\d)(\.|$)/i.test(name), name);
  assertEquals(fileNameOf("test-00195"), "test-00195");
  // Names of other programs are ids as they are.
  for (const name of ["50%", "%2f", "%41", "my story", "%E0"]) assertEquals(idOfFileName(name), name);
});

Deno.test("idProblem() refuses ids that climb, that cannot be printed, or whose names are too long", () => {
  for (const id of ["../../../escaped", "a/..", "..\\a", ".", "a/./b", "/abs"]) {
    assertStringIncludes(idProblem(id)!, "does not lead out of a folder", id);
  }
  for (const id of ["a\u0000", "a\nb", "\ud800"]) assertStringIncludes(idProblem(id)!, "printable", id);
  for (const id of ["", "a".repeat(201), "é".repeat(34)]) {
    assertStringIncludes(idProblem(id)!, "1 to 200 characters", id);
  }
  for (const id of ["Pororo_ENGLISH1_1/ep1/12", "a..b", "..a", "Zoë", "7", "a".repeat(200)]) {
    assertEquals(idProblem(id), undefined, id);
  }
});
