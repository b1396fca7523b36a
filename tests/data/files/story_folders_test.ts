import { assertEquals, assertNotEquals, assertRejects, assertStringIncludes } from "@std/assert";
import sharp from "sharp";
import { UserError } from "../../../src/base/errors.ts";
import { openStoryFolders } from "../../../src/data/files/story_folders.ts";

/** A folder that is gone after the test. */
async function withFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = Deno.makeTempDirSync();
  try {
    await test(folder);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

/** A picture of one colour. */
async function paint(path: string, colour: number[], width = 3, height = 2): Promise<void> {
  const channels = colour.length as 3 | 4;
  const pixels = Uint8Array.from({ length: width * height * channels }, (_, i) => colour[i % channels]!);
  Deno.mkdirSync(path.slice(0, path.lastIndexOf("/")), { recursive: true });
  await sharp(pixels, { raw: { width, height, channels } }).toFile(path);
}

const refused = async (path: string) => (await assertRejects(() => openStoryFolders(path), UserError)).message;

Deno.test("openStoryFolders() reads stories in natural order, each frame in its original size", () =>
  withFolder(async (folder) => {
    for (const story of ["story10", "story9"]) {
      for (const frame of [0, 9, 10, 1, 2, 3, 4, 5, 6, 7, 8]) {
        await paint(`${folder}/${story}/img-${frame}.png`, [frame, story === "story9" ? 9 : 10, 0]);
      }
    }
    await paint(`${folder}/story9/.hidden.png`, [0, 0, 0]);
    const { ids, frames, width, height, read, digest } = await openStoryFolders(folder);
    assertEquals({ ids, frames, width, height }, { ids: ["story9", "story10"], frames: 11, width: 3, height: 2 });
    const bytes = await read(0, 2);
    assertEquals(bytes.length, 2 * 11 * 2 * 3 * 3);
    assertEquals(
      Array.from({ length: 22 }, (_, i) => [...bytes.subarray(i * 18, i * 18 + 2)]),
      [9, 10].flatMap((story) => Array.from({ length: 11 }, (_, frame) => [frame, story])),
    );
    assertEquals(await read(1, 1), bytes.subarray(11 * 18));
    const before = digest();
    assertEquals(digest(), before);
    await paint(`${folder}/story9/img-10.png`, [11, 9, 0]);
    assertNotEquals(digest(), before);
  }));

Deno.test("openStoryFolders() reads pictures without folders as stories of one frame, and drops an opaque alpha channel", () =>
  withFolder(async (folder) => {
    await paint(`${folder}/b.png`, [1, 2, 3, 255]);
    await paint(`${folder}/a.webp`, [0, 0, 0]);
    const { ids, frames, read } = await openStoryFolders(folder);
    assertEquals([ids, frames], [["a", "b"], 1]);
    assertEquals([...(await read(1, 1)).subarray(0, 4)], [1, 2, 3, 1]);
  }));

Deno.test("openStoryFolders() rejects a folder without stories of equal length", () =>
  withFolder(async (folder) => {
    assertStringIncludes(await refused(`${folder}/none`), "there is no such file or folder");
    assertStringIncludes(await refused(folder), "has neither pictures nor story folders");
    for (const frame of [0, 1]) await paint(`${folder}/a/${frame}.png`, [0, 0, 0]);
    await paint(`${folder}/b/0.png`, [0, 0, 0]);
    assertStringIncludes(await refused(folder), `"a" has 2 frames, "b" has 1`);
    await paint(`${folder}/b/2.png`, [0, 0, 0]);
    assertStringIncludes(await refused(folder), "lacks frame 1");
    await paint(`${folder}/b/1.png`, [0, 0, 0]);
    await paint(`${folder}/b/frame-1.png`, [0, 0, 0]);
    assertStringIncludes(await refused(folder), "has frame 1 twice");
    await paint(`${folder}/loose.png`, [0, 0, 0]);
    assertStringIncludes(await refused(folder), `both pictures ("loose.png") and folders ("a")`);
    Deno.mkdirSync(`${folder}/empty/c`, { recursive: true });
    assertStringIncludes(await refused(`${folder}/empty`), `"${folder}/empty/c" has no pictures`);
    await paint(`${folder}/empty/c/cat.png`, [0, 0, 0]);
    assertStringIncludes(await refused(`${folder}/empty`), "has no frame number");
  }));

Deno.test("openStoryFolders() reads links and every ending of JPEG; it names a dead link and a format it cannot read", () =>
  withFolder(async (folder) => {
    for (const frame of [0, 1]) await paint(`${folder}/disk/one/${frame}.jpg`, [frame, 7, 0]);
    Deno.renameSync(`${folder}/disk/one/1.jpg`, `${folder}/disk/one/1.JFIF`);
    Deno.mkdirSync(`${folder}/set`);
    Deno.symlinkSync("../disk/one", `${folder}/set/a`);
    const { ids, frames } = await openStoryFolders(`${folder}/set`);
    assertEquals([ids, frames], [["a"], 2]);
    Deno.symlinkSync("../gone", `${folder}/set/b`);
    const dead = await refused(`${folder}/set`);
    assertStringIncludes(dead, `"${folder}/set/b" is a link to "../gone", which cannot be read (there is no such file`);
    Deno.removeSync(`${folder}/set/b`);
    Deno.writeTextFileSync(`${folder}/disk/one/notes.txt`, "");
    assertEquals((await openStoryFolders(`${folder}/set`)).frames, 2);
    Deno.writeTextFileSync(`${folder}/disk/one/2.bmp`, "BM");
    assertStringIncludes(await refused(`${folder}/set`), `2.bmp" is in a format that cannot be read here`);
    assertStringIncludes(await refused(`${folder}/disk/one`), "magick mogrify -format png *.bmp");
  }));

Deno.test("openStoryFolders() names a picture that would change a measurement", () =>
  withFolder(async (folder) => {
    const refusedBeside = async (name: string, write: (path: string) => void | Promise<unknown>) => {
      const path = `${folder}/${name}`;
      await paint(`${path}/0.png`, [9, 9, 9]);
      await write(`${path}/1.png`);
      const { read } = await openStoryFolders(path);
      return (await assertRejects(() => read(0, 2), UserError, `${path}/1.png`)).message;
    };
    const size = { width: 3, height: 2 };
    const grey = sharp(new Uint8Array(6), { raw: { ...size, channels: 1 } }).toColourspace("b-w");
    assertStringIncludes(await refusedBeside("grey", (path) => grey.toFile(path)), "is grey");
    assertStringIncludes(await refusedBeside("clear", (path) => paint(path, [1, 2, 3, 254])), "has transparent pixels");
    const other = await refusedBeside("other", (path) => paint(path, [1, 2, 3], 4, 2));
    assertStringIncludes(other, `0.png" is 3×2`);
    assertStringIncludes(other, `1.png" is 4×2`);
    assertStringIncludes(
      await refusedBeside("empty", (path) => Deno.writeFileSync(path, new Uint8Array())),
      "is empty",
    );
    const cut = async (path: string) => {
      await paint(path, [1, 2, 3], 64, 64);
      Deno.writeFileSync(path, Deno.readFileSync(path).subarray(0, 60));
    };
    assertStringIncludes(await refusedBeside("cut", cut), "Cannot read the picture");
  }));
