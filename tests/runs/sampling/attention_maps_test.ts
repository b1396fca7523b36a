import { assertEquals, assertLess } from "@std/assert";
import sharp from "sharp";
import { drawAttentionMaps, stretched } from "../../../src/runs/sampling/attention_maps.ts";

Deno.test("stretched() goes from the weakest to the strongest number of all maps", () => {
  assertEquals(stretched([[1, 2], [3, 5]]), [[0, 0.25], [0.5, 1]]);
  assertEquals(stretched([[2, 2]]), [[0, 0]]);
});

Deno.test("drawAttentionMaps() keeps a picture bright where a map is 1, and shows a bare map in grey", async () => {
  const picture = new Uint8Array(4 * 4 * 3).fill(200);
  const map = [0, 1, 0, 1]; // left dark, right bright
  const png = await drawAttentionMaps([{
    label: "a & b",
    picture,
    maps: [{ label: "w", map }, { label: "m", map, bare: true }],
  }]);
  const { data, info } = await sharp(png).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  const at = (x: number, y = 50) => data[(y * info.width + x) * 3]!;
  assertEquals(info.width, 6 + 3 * 102);
  assertEquals([at(6 + 48), at(6 + 102 + 90)], [200, 200]);
  assertLess(at(6 + 102 + 5), 60); // a fifth, and a little less where the smooth enlargement swings
  assertEquals([at(6 + 204 + 5), at(6 + 204 + 90)], [0, 255]);
});
