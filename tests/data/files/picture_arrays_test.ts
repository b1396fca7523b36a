import { assertEquals, assertRejects } from "@std/assert";
import sharp from "sharp";
import { UserError } from "../../../src/base/errors.ts";
import { openStories } from "../../../src/data/files/picture_arrays.ts";
import { encodeNpyArray } from "../../../src/formats/npy.ts";
import { withFolder } from "../../runs/help.ts";

/** numpy.save of numpy.arange(24) as uint8 [2, 2, 2, 3]. */
const numbers =
  "k05VTVBZAQB2AHsnZGVzY3InOiAnfHUxJywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDIsIDIsIDMpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAQIDBAUGBwgJCgsMDQ4PEBESExQVFhc=";

Deno.test("openStories() reads pictures from numpy's array, and refuses arrays of anything else", () =>
  withFolder(async (root) => {
    const path = `${root}/pictures.npy`;
    await Deno.writeFile(path, Uint8Array.fromBase64(numbers));
    const { ids, frames, height, width, read } = await openStories(path);
    assertEquals([ids, frames, height, width], [["0", "1"], 1, 2, 2]);
    assertEquals([...await read(1, 1)], Array.from({ length: 12 }, (_, i) => 12 + i));
    const cases: [Uint8Array, string][] = [
      [encodeNpyArray(new Float32Array(12), [1, 2, 2, 3]), "holds float32 [1, 2, 2, 3]; expected uint8 [N, H, W, 3]"],
      [encodeNpyArray(new Float64Array(2), [2]), "holds float64 [2]"],
    ];
    for (const [bytes, message] of cases) {
      await Deno.writeFile(path, bytes);
      await assertRejects(() => openStories(path), UserError, message);
    }
    await assertRejects(() => openStories(`${root}/none.npy`), UserError, `Cannot read "${root}/none.npy"`);
  }));

Deno.test("openStories() takes all pictures of a folder in depth where they are no stories", () =>
  withFolder(async (root) => {
    const png = await sharp({ create: { width: 2, height: 2, channels: 3, background: "red" } }).png().toBuffer();
    for (const name of ["b.png", "deep/er/a 10.png", "deep/er/a 9.png", "deep/0.png"]) {
      await Deno.mkdir(`${root}/${name}`.replace(/\/[^/]+$/, ""), { recursive: true });
      await Deno.writeFile(`${root}/${name}`, png);
    }
    await Deno.writeTextFile(`${root}/deep/notes.txt`, "");
    const { ids, frames, read } = await openStories(root, { pictures: true });
    assertEquals([ids, frames], [["b", "deep/0", "deep/er/a 9", "deep/er/a 10"], 1]);
    assertEquals((await read(0, 4)).length, 4 * 12);
    await assertRejects(() => openStories(root), UserError, "evaluate --pictures takes all of them");
    await Deno.mkdir(`${root}/empty`);
    await assertRejects(() => openStories(`${root}/empty`, { pictures: true }), UserError, "There are no pictures");
  }));
