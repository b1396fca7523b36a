import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import sharp, { type Sharp } from "sharp";
import { UserError } from "../../../src/base/errors.ts";
import { decodePicture, pictureSize, SIZE } from "../../../src/data/files/pictures.ts";
import { fuzz } from "../../fixtures/fuzz.ts";

/** Left half red, right half blue. */
function halves(width = 40, height = 20): Sharp {
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < width * height; i++) data[3 * i + (i % width < width / 2 ? 0 : 2)] = 255;
  return sharp(data, { raw: { width, height, channels: 3 } });
}

const bytesOf = async (picture: Sharp) => new Uint8Array(await picture.toBuffer());
const pixel = (
  bytes: Uint8Array,
  x: number,
  y: number,
) => [...bytes.subarray(3 * (y * SIZE + x), 3 * (y * SIZE + x) + 3)];
const decode = async (picture: Sharp) => (await decodePicture(await bytesOf(picture), "p"))[0]!;

Deno.test("decodePicture() reads every format, resized to a square, rows from the top", async () => {
  const made = [
    halves().png(),
    halves().png({ palette: true }),
    halves().jpeg({ quality: 100, chromaSubsampling: "4:4:4" }),
  ];
  made.push(halves().webp({ lossless: true }), halves().gif(), halves().tiff(), halves().avif({ lossless: true }));
  made.push(halves().jpeg({ quality: 100, progressive: true }), halves(200, 700).png({ progressive: true }));
  made.push(halves().toColourspace("rgb16").png());
  for (const picture of made) {
    const bytes = await decode(picture);
    assertEquals(bytes.length, SIZE * SIZE * 3);
    for (const [x, y, colour] of [[4, 0, [255, 0, 0]], [4, 63, [255, 0, 0]], [60, 30, [0, 0, 255]]] as const) {
      pixel(bytes, x, y).forEach((level, c) => assertAlmostEquals(level, colour[c]!, 3));
    }
  }
});

Deno.test("decodePicture() reads CMYK, whose colours are less saturated", async () => {
  const [red, green, blue] = pixel(await decode(halves().toColourspace("cmyk").jpeg({ quality: 100 })), 4, 30);
  assert(red! > 200 && green! < 100 && blue! < 100, `${red} ${green} ${blue}`);
});

Deno.test("decodePicture() keeps grey pictures grey and blends transparent pixels with white", async () => {
  const grey = await decode(halves().greyscale().toColourspace("b-w").png());
  const [r, g, b] = pixel(grey, 4, 4);
  assert(r === g && g === b && r! > 0);
  const clear = sharp({ create: { width: 9, height: 9, channels: 4, background: { r: 0, g: 0, b: 0, alpha: 0.5 } } });
  const half = pixel(await decode(clear.png()), 30, 30);
  half.forEach((level) => assertAlmostEquals(level, 127, 1));
  assertEquals(pixel(await decode(clear.clone().ensureAlpha().linear([1, 1, 1, 0], [0, 0, 0, 0]).png()), 9, 9), [
    255,
    255,
    255,
  ]);
});

Deno.test("decodePicture() rotates a photograph by its EXIF orientation, before cropping too", async () => {
  const turned = await bytesOf(halves(40, 20).withMetadata({ orientation: 6 }).webp({ lossless: true })); // to be turned to the right
  assertEquals(await pictureSize(turned, "p"), { width: 20, height: 40 });
  const [whole] = await decodePicture(turned, "p");
  assertEquals([pixel(whole!, 30, 2), pixel(whole!, 30, 61)], [[255, 0, 0], [0, 0, 255]]);
  const crops = [0, 20].map((top) => ({ left: 0, top, width: 20, height: 20 }));
  const [upper, lower] = await decodePicture(turned, "p", crops);
  assertEquals([pixel(upper!, 30, 50), pixel(lower!, 30, 10)], [[255, 0, 0], [0, 0, 255]]);
});

Deno.test("decodePicture() resizes small and large crops as if each were a picture of its own", async () => {
  for (const side of [20, 100]) {
    const strip = await bytesOf(halves(4 * side, side).png());
    const parts = await decodePicture(
      strip,
      "p",
      [1, 2].map((i) => ({ left: i * side, top: 0, width: side, height: side })),
    );
    const colour = (background: string) => sharp({ create: { width: 5, height: 5, channels: 3, background } }).png();
    assertEquals(parts, [await decode(colour("#f00")), await decode(colour("#00f"))]);
    for (const [left, top] of [[4 * side - 3, 0], [-1, 0], [0, 1]] as const) {
      const crop = { left, top, width: side, height: side };
      await assertRejects(
        () => decodePicture(strip, "p", [crop]),
        UserError,
        `it is ${4 * side}×${side}, too small for`,
      );
    }
  }
});

Deno.test("decodePicture() names a file that is empty, not a picture, truncated or too large", async () => {
  const refuses = (bytes: Uint8Array, word = "") =>
    assertRejects(() => decodePicture(bytes, "clip 7"), UserError, `Cannot read the picture clip 7: ${word}`);
  await refuses(new Uint8Array(), "it is empty");
  await refuses(new TextEncoder().encode("no picture at all"));
  const detailed = sharp(Uint8Array.from({ length: 30_000 }, (_, i) => (i * i) >> 7), {
    raw: { width: 100, height: 100, channels: 3 },
  });
  for (const made of [detailed.clone().png(), detailed.clone().jpeg(), detailed.clone().webp()]) {
    const bytes = await bytesOf(made);
    for (const share of [0.01, 0.1, 0.5, 0.9]) await refuses(bytes.subarray(0, Math.floor(share * bytes.length)));
  }
  const huge = await bytesOf(halves().png());
  new DataView(huge.buffer, huge.byteOffset).setUint32(16, 60_000); // width, in the header; its checksum is wrong now
  new DataView(huge.buffer, huge.byteOffset).setUint32(20, 60_000);
  await refuses(huge);
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="30000" height="30000"><rect width="9" height="9"/></svg>`;
  await refuses(new TextEncoder().encode(svg), "Input image exceeds pixel limit");
  await assertRejects(() => pictureSize(new Uint8Array(3), "clip 7"), UserError, "clip 7");
});

for (const format of ["png", "jpeg"] as const) {
  Deno.test(`decodePicture() meets 2,000 damaged copies of a ${format} and throws only user errors`, async () => {
    const bytes = await bytesOf(halves(24, 12).toFormat(format));
    await fuzz(format, bytes, async (damaged) => {
      const { width, height } = await pictureSize(damaged, "p");
      await decodePicture(damaged, "p", [{ left: 0, top: 0, width: Math.ceil(width / 2), height }]);
    });
  });
}
