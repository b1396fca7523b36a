import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { UserError } from "../../../../src/base/errors.ts";
import { allDrawings, drawingOf } from "../../../../src/data/sets/abstract/objects.ts";
import { readScenes } from "../../../../src/data/sets/abstract/scenes.ts";
import { refusing, skipping } from "./fixture.ts";

const row = "s_3s.png\t0\t3\t100\t50\t0\t0";

/** A file with one set of ten scenes of one object each, and `changes` to its lines by their numbers. */
function sceneFile(changes: Record<number, string | undefined> = {}): Uint8Array {
  const lines = ["10", ...Array.from({ length: 10 }, () => ["4\t1", row]).flat()];
  for (const [line, text] of Object.entries(changes)) lines[Number(line) - 1] = text ?? "";
  return new TextEncoder().encode(lines.join("\r\n"));
}

const read = (changes?: Record<number, string | undefined>) => readScenes(sceneFile(changes), "Scenes.txt", refusing);

Deno.test("the clip art is 126 drawings of 58 objects, named with or without a trailing s", () => {
  assertEquals(allDrawings.size, 126);
  assertEquals(new Set([...allDrawings.values()].map(({ name }) => name)).size, 58);
  assertEquals(drawingOf("s_3s.png"), drawingOf("s_3.png"));
  assertEquals(drawingOf("s_3s.png")?.name, "sun");
  const { kind, name, pose, expression } = drawingOf("hb1_14s.png")!;
  assertEquals([kind, name, pose, expression], ["girl", "jenny", "kick", "scared"]);
  assertEquals([drawingOf("s_8s.png"), drawingOf("hb0_35.png"), drawingOf("background.png")], Array(3).fill(undefined));
});

Deno.test("readScenes() returns each scene with its index in the set and its objects", () => {
  const scenes = read({ 3: "hb0_16.png 2 16 12.5 -7 2 1" });
  assertEquals(scenes.map(({ set, index }) => [set, index]), Array.from({ length: 10 }, (_, i) => [4, i]));
  const [object] = scenes[0]!.objects;
  assertEquals([object!.drawing.name, object!.x, object!.y, object!.z, object!.flip], ["mike", 12.5, -7, 2, true]);
});

Deno.test("readScenes() accepts scenes without objects, and skips removed objects", () => {
  const scenes = read({ 2: "4 0", 3: undefined, 5: "s_3s.png 0 3 -10000 -10000 0 0" });
  assertEquals(scenes.slice(0, 3).map(({ objects }) => objects.length), [0, 0, 1]);
});

const bad: [string, Record<number, string | undefined>, string][] = [
  ["a wrong number of scenes", { 1: "11" }, "Scenes.txt line 1: the file states 11 scenes but contains 10"],
  ["a number of scenes that is none", { 1: "ten" }, "line 1: the first line must be the number of scenes"],
  ["a missing number of scenes", { 1: undefined }, "line 1: the first line must be the number of scenes"],
  ["a header with too many objects", { 4: "4\t2" }, "line 4: a scene of set 4 states 2 objects but has 1."],
  ["a missing row", { 5: undefined }, "line 4: a scene of set 4 states 1 object but has 0."],
  ["a set out of range", { 2: "1002\t1" }, 'line 2: "1002 1" is not a set'],
  ["a missing scene", { 1: "9", 20: undefined, 21: undefined }, "line 2: set 4 has 9 scenes, expected 10"],
  ["an object before all scenes", { 2: undefined }, 'line 3: "s_3s.png 0 3 100 50 0 0" belongs to no scene'],
  ["an unknown picture", { 3: "s_9.png 0 9 1 1 0 0" }, 'line 3: "s_9.png" is not a clip-art picture of the data set'],
  ["another type than the picture's", { 3: "s_3.png 1 3 1 1 0 0" }, "line 3: type and number should be 0 and 3"],
  ["a number out of range", { 3: "s_3.png 0 58 1 1 0 0" }, "line 3: type and number should be 0 and 3"],
  ["a place that is no number", { 3: "s_3.png 0 3 NaN 1 0 0" }, "line 3: x and y should be pixels"],
  ["a place far away", { 3: "s_3.png 0 3 1 99999 0 0" }, "line 3: x and y should be pixels"],
  ["an unknown depth", { 3: "s_3.png 0 3 1 1 3 0" }, "line 3: z should be 0, 1 or 2"],
  ["an unknown flip", { 3: "s_3.png 0 3 1 1 0 -1" }, "line 3: z should be 0, 1 or 2 and flip 0 or 1"],
  ["a row cut short", { 3: "s_3.png 0 3" }, "line 3: 3 fields, expected 7"],
];
for (const [what, changes, words] of bad) {
  Deno.test(`readScenes() names file and line of ${what}`, () => {
    assertStringIncludes(assertThrows(() => read(changes), UserError).message, words);
  });
}

Deno.test("readScenes() skips an invalid scene and keeps the indices of the others", () => {
  const bad = skipping();
  const scenes = readScenes(sceneFile({ 5: "x_1.png 0 3 1 1 0 0" }), "Scenes.txt", bad);
  assertEquals(scenes.filter(({ invalid }) => invalid).map(({ index }) => index), [1]);
  assertEquals(scenes.map(({ index }) => index), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  assertEquals(bad.messages.length, 1);
});

Deno.test("readScenes() skips a set with a wrong number of scenes", () => {
  const bad = skipping();
  const scenes = readScenes(sceneFile({ 2: "4\tone" }), "Scenes.txt", bad);
  assertEquals(scenes.filter(({ invalid }) => invalid).length, 10);
  assertEquals(scenes.length, 10);
  assertEquals(bad.messages.length, 3); // the header, the number of scenes, the set
});
