import { assertEquals, assertRejects } from "@std/assert";
import sharp from "sharp";
import { UserError } from "../../../../src/base/errors.ts";
import { random } from "../../../../src/base/random.ts";
import { decodePicture } from "../../../../src/data/files/pictures.ts";
import { readStrip, spread } from "../../../../src/data/sets/pororo/strip.ts";
import { fuzz } from "../../../fixtures/fuzz.ts";
import { colourOf, kinds, paintStrip, squaresOf } from "./fixture.ts";

for (const [i, kind] of kinds.entries()) {
  Deno.test(`readStrip() gives every square of a strip that is ${kind}, in order and with its colours`, async () => {
    const n = i + 5; // 5 to 8: one, two, three and four squares
    const pictures = await readStrip(await paintStrip(n), "strip");
    assertEquals(pictures.length, squaresOf(n));
    for (const [k, picture] of pictures.entries()) {
      assertEquals(picture.length, 64 * 64 * 3);
      const expected = Uint8Array.from({ length: picture.length }, (_, at) => colourOf(n, k)[at % 3]!);
      assertEquals(picture, expected);
    }
  });

  Deno.test(`readStrip() throws only user errors on a damaged strip that is ${kind}`, async () => {
    await fuzz(`strip ${kind}`, await paintStrip(i + 5), (damaged) => readStrip(damaged, "strip"), 500);
  });
}

Deno.test("readStrip() gives each square as if it were a picture of its own, whatever lies beside it", async () => {
  const stream = random(1, "strip");
  for (const [side, upright] of [[128, true], [100, false], [64, true], [24, false]] as const) {
    const [width, height] = upright ? [side, 3 * side] : [3 * side, side];
    const pixels = Uint8Array.from({ length: width * height * 3 }, () => stream.integer(256));
    const strip = () => sharp(pixels, { raw: { width, height, channels: 3 } });
    const squares = await readStrip(await strip().png().toBuffer(), "strip");
    for (const [k, square] of squares.entries()) {
      const part = { left: upright ? 0 : k * side, top: upright ? k * side : 0, width: side, height: side };
      const [alone] = await decodePicture(await strip().extract(part).png().toBuffer(), "square");
      assertEquals(square, alone, `${side} ${k}`);
    }
  }
});

Deno.test("readStrip() ignores pixels after the last square, and rejects other pictures", async () => {
  const blank = (width: number, height: number) =>
    sharp({ create: { width, height, channels: 3, background: "red" } }).png().toBuffer();
  assertEquals((await readStrip(await blank(16, 40), "strip")).length, 2);
  assertEquals((await readStrip(await blank(20, 16), "strip")).length, 1);
  await assertRejects(
    async () => await readStrip(await blank(4, 16), `"1.png"`),
    UserError,
    `"1.png" is not a strip: it has 4×16`,
  );
  await assertRejects(async () => await readStrip(await blank(8, 8008), "strip"), UserError, "is not a strip");
  await assertRejects(() => readStrip(new Uint8Array(), "strip"), UserError, "it is empty");
});

Deno.test("spread() keeps the middle of equal parts", () => {
  assertEquals(spread(5, 0), [0, 1, 2, 3, 4]);
  assertEquals(spread(5, 1), [2]);
  assertEquals(spread(10, 2), [2, 7]);
  assertEquals(spread(3, 8), [0, 1, 2]);
});
