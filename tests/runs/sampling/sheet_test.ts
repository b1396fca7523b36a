import { assertEquals } from "@std/assert";
import sharp from "sharp";
import { drawSheet, wrapText } from "../../../src/runs/sampling/sheet.ts";

const frame = (red: number) => Uint8Array.from({ length: 64 * 64 * 3 }, (_, i) => i % 3 === 0 ? red : 0);

Deno.test("wrapText() breaks between words only", () => {
  assertEquals(wrapText("Mike kicks the ball", 10), ["Mike kicks", "the ball"]);
  assertEquals(wrapText("an incomprehensible thing", 5), ["an", "incomprehensible", "thing"]);
  assertEquals(wrapText("", 5), []);
});

Deno.test("drawSheet() puts every frame twice as large at its place, unsmoothed", async () => {
  const captions = ["Mike runs.", "a <b> & c"];
  const rows = [{ label: "real", frames: [frame(200), frame(100)] }, {
    label: "step 5",
    frames: [frame(50), frame(25)],
  }];
  const png = await drawSheet([{ captions, rows }]);
  const { data, info } = await sharp(png).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  assertEquals(info.width, 22 + 2 * 134);
  // The middle of every frame, from the sheet's lower right backwards: two rows of 134 above 12 pixels of margin.
  const red = (column: number, row: number) => {
    const [x, y] = [22 + column * 134 + 64, info.height - 12 - (2 - row) * 134 + 64];
    return [...data.subarray((y * info.width + x) * 3, (y * info.width + x) * 3 + 3)];
  };
  assertEquals([red(0, 0), red(1, 0), red(0, 1), red(1, 1)], [[200, 0, 0], [100, 0, 0], [50, 0, 0], [25, 0, 0]]);
});
