import { assertEquals, assertRejects } from "@std/assert";
import { fail } from "../../src/base/errors.ts";
import { random } from "../../src/base/random.ts";
import { openArchive } from "../../src/data/archive.ts";
import { zip } from "../fixtures/zip.ts";
import { fuzz, mutate } from "./fuzz.ts";

const text = new TextEncoder().encode("one 1\ntwo 22\nthree 333\n");

Deno.test("mutate() damages alike for one stream, in many ways for many, and leaves the input alone", () => {
  const before = text.slice();
  const copies = new Set<string>();
  for (let i = 0; i < 200; i++) {
    const copy = mutate(text, random(1, "mutate", i));
    assertEquals(copy, mutate(text, random(1, "mutate", i)));
    copies.add(copy.join());
  }
  assertEquals(text, before);
  assertEquals(copies.size > 150, true);
  assertEquals(mutate(new Uint8Array(), random(2, "mutate")) instanceof Uint8Array, true);
});

Deno.test("fuzz() lets user errors pass and no other error", async () => {
  let calls = 0;
  await fuzz("refuses", text, () => (calls++, fail("No.")), 50);
  assertEquals(calls, 50);
  await assertRejects(() => fuzz("throws", text, () => [][0]!["x"], 50), Error, "copy 0 of throws gives TypeError");
});

Deno.test("zip() makes a file that openArchive() reads", async () => {
  const path = await Deno.makeTempFile({ suffix: ".zip" });
  try {
    await Deno.writeFile(path, zip({ "a/b.txt": "hello", "ü.bin": new Uint8Array([0, 255]) }));
    const archive = await openArchive(path);
    assertEquals(archive.paths, ["a/b.txt", "ü.bin"]);
    assertEquals(new TextDecoder().decode(await archive.read("a/b.txt")), "hello");
    assertEquals(await archive.read("ü.bin"), new Uint8Array([0, 255]));
    archive.close();
    await Deno.writeFile(path, zip({ "../b.txt": "out" }));
    await assertRejects(() => openArchive(path), Error, "no whole zip file");
  } finally {
    await Deno.remove(path);
  }
});
