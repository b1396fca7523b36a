/** Pictures whose samples or colours are not plain RGB bytes. */
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import sharp, { type Sharp } from "sharp";
import { UserError } from "../../../src/base/errors.ts";
import { decodePicture } from "../../../src/data/files/pictures.ts";
import { openStoryFolders } from "../../../src/data/files/story_folders.ts";

/**
 * An uncompressed RGB TIFF of 2 × 2 pixels.
 *
 * @param format SampleFormat: 1 for uint, 2 for int, 3 for float
 */
function tiff(format: 1 | 2 | 3, bits: 8 | 16 | 32): Uint8Array {
  const tags = [
    [256, 3, 1, 2], // width
    [257, 3, 1, 2], // height
    [258, 3, 3, 8], // bits of each sample, at byte 8
    [259, 3, 1, 1], // no compression
    [262, 3, 1, 2], // RGB
    [273, 4, 1, 20], // the pixels are at byte 20
    [277, 3, 1, 3], // samples of a pixel
    [278, 3, 1, 2], // rows of a strip
    [279, 4, 1, 12 * bits / 8], // bytes
    [339, 3, 3, 14], // format of each sample, at byte 14
  ] as const;
  const at = 20 + 12 * 4; // of the tags
  const view = new DataView(new ArrayBuffer(at + 2 + 12 * tags.length + 4));
  view.setUint32(0, 0x49492a00); // little-endian
  view.setUint32(4, at, true);
  for (let i = 0; i < 3; i++) {
    view.setUint16(8 + 2 * i, bits, true);
    view.setUint16(14 + 2 * i, format, true);
  }
  view.setUint16(at, tags.length, true);
  tags.forEach((tag, i) => {
    const from = at + 2 + 12 * i;
    view.setUint16(from, tag[0], true);
    view.setUint16(from + 2, tag[1], true);
    view.setUint32(from + 4, tag[2], true);
    view.setUint32(from + 8, tag[3], true);
  });
  return new Uint8Array(view.buffer);
}

const refused = [[3, 32, "float32"], [1, 32, "uint32"], [2, 8, "int8"], [2, 16, "int16"]] as const;

Deno.test("decodePicture() refuses samples that decode to garbage, by the name of their type", async () => {
  for (const [format, bits, name] of refused) {
    const { message } = await assertRejects(() => decodePicture(tiff(format, bits), "clip 7"), UserError);
    assertStringIncludes(message, `The picture clip 7 has samples of type ${name}, expected`);
  }
  for (const bits of [8, 16] as const) assertEquals((await decodePicture(tiff(1, bits), "clip 7")).length, 1);
});

/** Remarks of {@link decodePicture}. */
async function remarksOn(bytes: Uint8Array): Promise<string[]> {
  const remarks: string[] = [];
  await decodePicture(bytes, "p", undefined, "white", (what) => void remarks.push(what));
  return remarks;
}

const red = () => sharp({ create: { width: 8, height: 8, channels: 3, background: "red" } });
const bytesOf = async (picture: Sharp) => new Uint8Array(await picture.toBuffer());

/** A GIF of two frames, red and blue. */
async function animation(): Promise<Uint8Array> {
  const pixels = Uint8Array.from({ length: 8 * 16 * 3 }, (_, i) => i % 3 === (i < 8 * 8 * 3 ? 0 : 2) ? 255 : 0);
  return await bytesOf(sharp(pixels, { raw: { width: 8, height: 16, channels: 3, pageHeight: 8 } }).gif());
}

Deno.test("decodePicture() says what it converts, and which frame it takes", async () => {
  const [first] = await decodePicture(await animation(), "p");
  assertEquals([...first!.subarray(0, 3)], [255, 0, 0]);
  assertEquals(await remarksOn(await animation()), ["of several frames or pages, of which the first was taken"]);
  assertEquals(await remarksOn(await bytesOf(red().toColourspace("cmyk").jpeg())), ["in CMYK, converted to RGB"]);
  const profiled = await bytesOf(red().withIccProfile("p3").png());
  assertEquals(await remarksOn(profiled), ["with a colour profile, converted to sRGB"]);
  assertEquals(await remarksOn(await bytesOf(red().withIccProfile("srgb").jpeg())), []);
  assertEquals(await remarksOn(await bytesOf(red().png())), []);
});

Deno.test("openStoryFolders() refuses such samples, and says once what it converts", async () => {
  const folder = await Deno.makeTempDir();
  try {
    for (const name of ["a", "b"]) await Deno.writeFile(`${folder}/${name}.gif`, await animation());
    const said: string[] = [];
    const { read } = await openStoryFolders(folder, (line) => void said.push(line));
    await read(0, 2);
    assertEquals(said.length, 1);
    assertStringIncludes(said[0]!, "of several frames or pages, of which the first was taken; the first is");
    await Deno.writeFile(`${folder}/a.gif`, tiff(3, 32));
    await assertRejects(() => openStoryFolders(folder), UserError, "samples of type float32");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
