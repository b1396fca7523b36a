import { assertEquals } from "@std/assert";
import { clipKey, episodeKey, findFiles } from "../../../../src/data/sets/pororo/files.ts";
import { archiveOf } from "./fixture.ts";

Deno.test("clipKey() and episodeKey() accept every spelling", () => {
  for (
    const text of ["S/E/12", "S/E/12.png", "pororo_png/S/E/12.png", "/home/x/S/E/12.png", "b'S/E/12.png'", 'b"S/E/12"']
  ) {
    assertEquals(clipKey(text), "S/E/12");
  }
  for (const text of ["", "12.png", "E/12.png", "S/E/x.png", "S/E/0.png", "S/E/999999.png", 7, null]) {
    assertEquals(clipKey(text), undefined);
  }
  for (const text of ["S/E", "S/E/", "x/S/E/", "b'S/E/'"]) assertEquals(episodeKey(text), "S/E");
  assertEquals(episodeKey("E"), undefined);
});

Deno.test("findFiles() finds strips in any folder, orders episodes by series, and warns of a second set of strips", () => {
  const png = new Uint8Array();
  const paths = ["a-b/e1/2.png", "a-b/e1/10.png", "a/e1/1.png", "a/e1/x.png", "a/e10/1.png", "a/e2/1.jpg"];
  const files = Object.fromEntries(paths.map((path) => [`top/${path}`, png]));
  const layout = findFiles(archiveOf({ ...files, "masks/a/e1/1.png": png, "__MACOSX/a/e1/._1.png": png }));
  assertEquals([...layout.episodes], [["a/e1", [1]], ["a/e10", [1]], ["a-b/e1", [2, 10]]]);
  assertEquals(layout.strips.get("a-b/e1/10"), "top/a-b/e1/10.png");
  assertEquals(layout.warnings, ['1 picture in "masks/" with names of strips too, not used']);
});
