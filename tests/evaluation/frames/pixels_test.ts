import { assert, assertAlmostEquals, assertEquals, assertStringIncludes } from "@std/assert";
import { random } from "../../../src/base/random.ts";
import { source } from "../../../src/data/sets/clipart/mod.ts";
import { evaluateFolders } from "../../../src/evaluation/folders.ts";
import { exportStories } from "../../../src/evaluation/export.ts";
import { type Gallery, heldGallery, joinBytes } from "../../../src/evaluation/gallery.ts";
import { evaluatePixels, pixelMeasurements, pixelNumbers } from "../../../src/evaluation/frames/pixels.ts";
import type { EvaluationContext } from "../../../src/evaluation/evaluators.ts";
import { withFolder } from "../../runs/help.ts";

const [T, H, W] = [3, 16, 4];

/** Stories of frames of one sampled colour and some noise, [S, T, H, W, 3]. */
function sampled(name: string, ids: string[]): Gallery {
  const stream = random(1, "pixels-test", name);
  const pictures = Uint8Array.from({ length: ids.length * T * H * W * 3 }, () => stream.integer(60));
  const size = T * H * W * 3;
  ids.forEach((_, s) => {
    const colour = stream.integer(190);
    for (let i = 0; i < size; i++) pictures[s * size + i]! += colour;
  });
  return heldGallery(pictures, { ids, frames: T, height: H, width: W, read: () => new Uint8Array() });
}

function contextOf(real: Gallery, generated: Gallery, wanted?: string[], paired = true): EvaluationContext {
  const protocol = {
    split: "test",
    remarks: [],
    stories: generated.ids.length,
    frames: T,
    paired,
    seed: 1,
    bootstrap: 50,
  };
  const cache = { pictures: "" };
  return {
    real,
    generated,
    caches: { real: cache, generated: cache },
    protocol,
    wanted,
    batch: 2,
    root: "",
    watch: {},
  };
}

const ids = ["a", "b", "c", "d", "e"];
const [real, generated] = [sampled("real", ids), sampled("generated", ids)];

Deno.test("real clipart has the colours within stories that the project refers to", async () => {
  const opened = await source.open({ stories: 800, seed: 1 }, { drop() {} });
  const stories = opened.stories.filter(({ split }) => split === "val").slice(0, 100);
  const frames = stories.flatMap(({ frames }) => frames.map((index) => opened.frames[index]!));
  const pictures = joinBytes((await Promise.all(frames.map((frame) => frame.pictures()))).flat());
  const like = { ids: stories.map(({ id }) => id), frames: 5, height: 64, width: 64, read: () => pictures };
  const numbers = await pixelNumbers(heldGallery(pictures, like), { batch: 32, watch: {} });
  const protocol = { split: "val", remarks: [], stories: 100, frames: 5, paired: true, seed: 1, bootstrap: 0 };
  const found = pixelMeasurements({ real: numbers, generated: numbers }, 64, protocol);
  assertEquals(found.map(({ name, value }) => [name, Number(value.toFixed(3))]), [
    ["colour-within[sky rows 0-9].val", 0.854],
    ["colour-within[ground rows 52-63].val", 0.941],
    ["colour-match[sky rows 0-9].val", 1],
    ["colour-match[ground rows 52-63].val", 1],
    ["contours[laplacian].val", 1],
  ]);
  assert(found.slice(2, 4).every(({ shuffled }) => Math.abs(shuffled!) < 0.1)); // other stories tell nothing
});

Deno.test("evaluatePixels() measures all, with intervals and references, or those that are wanted", async () => {
  const found = await evaluatePixels(contextOf(real, generated));
  assertEquals(found.map(({ name }) => name), [
    "colour-within[sky rows 0-2].test", // of 16 rows
    "colour-within[ground rows 13-15].test",
    "colour-match[sky rows 0-2].test",
    "colour-match[ground rows 13-15].test",
    "contours[laplacian].test",
  ]);
  for (const { value, interval, real, stories, frames } of found) {
    assert(interval!.low <= value && value <= interval!.high);
    assertEquals([typeof real, stories, frames], ["number", 5, 15]);
  }
  assertEquals(found.map(({ shuffled }) => typeof shuffled), [
    "undefined",
    "undefined",
    "number",
    "number",
    "undefined",
  ]);
  const some = await evaluatePixels(contextOf(real, generated, ["contours", "fid"]));
  assertEquals(some, found.slice(4));
  assertEquals(await evaluatePixels(contextOf(real, generated, ["fid"])), []);
  const itself = await evaluatePixels(contextOf(real, real));
  itself.forEach(({ value, real }) => assertAlmostEquals(value, real!, 1e-12));
});

Deno.test("evaluatePixels() leaves out what is undefined: one story, one frame, frames of one colour", async () => {
  const names = async (of: Gallery, generated: Gallery) =>
    (await evaluatePixels(contextOf(of, generated))).map(({ name }) => name.split("[")[0]);
  const flat = heldGallery(new Uint8Array(5 * T * H * W * 3).fill(77), generated);
  assertEquals(await names(real, flat), ["colour-match", "colour-match", "contours"]);
  const [match] = await evaluatePixels(contextOf(real, flat, ["colour-match"]));
  assertEquals([match!.value, match!.interval!.high, match!.shuffled], [0, 0, 0]);
  assertEquals(await names(flat, generated), ["colour-within", "colour-within"]);
  const one = (of: Gallery): Gallery => ({ ...of, ids: ["a"] });
  const single = await evaluatePixels(contextOf(one(real), one(generated)));
  assertEquals(single.map(({ name, interval, shuffled }) => [name.split("[")[0], interval, shuffled]), [
    ["colour-match", undefined, undefined],
    ["colour-match", undefined, undefined],
    ["contours", undefined, undefined],
  ]);
});

Deno.test("evaluatePixels() compares frames of two folders where their stories have the same names", async () => {
  const other = { ...generated, ids: ["a", "b", "c", "d", "f"] };
  const names = async (generated: Gallery) =>
    (await evaluatePixels(contextOf(real, generated, undefined, false))).map(({ name }) => name.split("[")[0]);
  assertEquals(await names(other), ["colour-within", "colour-within", "contours"]);
  assertEquals(
    await evaluatePixels(contextOf(real, generated, undefined, false)),
    await evaluatePixels(contextOf(real, generated)),
  );
  // Stories that do not belong together are resampled apart, which widens the interval.
  const width = async (paired: boolean) => {
    const twice = heldGallery((await real.read(0, 5) as Uint8Array).map((x) => x >> 1), paired ? real : other);
    const [found] = await evaluatePixels(contextOf(real, twice, ["contours"], false));
    return found!.interval!.high - found!.interval!.low;
  };
  assert(await width(true) < await width(false));
});

Deno.test("evaluateFolders() measures pixels alone where nothing else is wanted", () =>
  withFolder(async (root) => {
    await exportStories(`${root}/real`, real, "", {});
    await exportStories(`${root}/drawn`, generated, "", {});
    const options = { metrics: ["colour-within", "colour-match", "contours"], networks: [], bootstrap: 50, data: root };
    const paths = { real: `${root}/real`, generated: `${root}/drawn` };
    const found = await evaluateFolders(paths, options);
    const direct = await evaluatePixels(contextOf(real, generated));
    assertEquals(
      Object.entries(found).map(([name, { value, interval }]) => [name.replace(".folders", ".test"), value, interval]),
      direct.map(({ name, value, interval }) => [name, value, interval]),
    );
    Deno.renameSync(`${root}/drawn/e`, `${root}/drawn/f`);
    const lines: string[] = [];
    const apart = await evaluateFolders(paths, { ...options, say: (text) => lines.push(text) });
    assertEquals(Object.keys(apart).map((name) => name.split("[")[0]), ["colour-within", "colour-within", "contours"]);
    assertStringIncludes(lines.join("\n"), "no colour-match");
  }));
