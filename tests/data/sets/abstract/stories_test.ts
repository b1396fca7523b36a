import { assert, assertEquals, assertThrows } from "@std/assert";
import { UserError } from "../../../../src/base/errors.ts";
import { random } from "../../../../src/base/random.ts";
import { formStories, type StoryOptions } from "../../../../src/data/sets/abstract/stories.ts";

const layout: StoryOptions = { stories: "windows", frames: 5, val: 2, test: 3, seed: 1 };
const places = Array.from({ length: 10 }, (_, i) => i);
const whole = new Map(Array.from({ length: 12 }, (_, set) => [set, places]));

Deno.test("formStories() makes six windows or two halves of a set at T = 5", () => {
  const one = new Map([...whole].slice(0, 6));
  const windows = formStories(one, layout).filter(({ frames }) => frames[0]! < 10);
  assertEquals(windows.map(({ frames }) => frames.join()), [
    "0,1,2,3,4",
    "1,2,3,4,5",
    "2,3,4,5,6",
    "3,4,5,6,7",
    "4,5,6,7,8",
    "5,6,7,8,9",
  ]);
  const halves = formStories(one, { ...layout, stories: "halves" }).filter(({ frames }) => frames[0]! < 10);
  assertEquals(halves.map(({ id, frames }) => [id, frames.join()]), [["0_0", "0,1,2,3,4"], ["0_5", "5,6,7,8,9"]]);
});

Deno.test("formStories() of the published number of sets at defaults splits it 902, 50, 50", () => {
  const all = new Map(Array.from({ length: 1002 }, (_, set) => [set, places]));
  const stories = formStories(all, { ...layout, val: 50, test: 50 });
  assertEquals(stories.length, 6012);
  assertEquals(
    ["train", "val", "test"].map((split) => stories.filter((story) => story.split === split).length),
    [6 * 902, 6 * 50, 6 * 50],
  );
});

Deno.test("formStories() never crosses a set and shares no set between splits, whatever is missing", () => {
  for (let seed = 0; seed < 40; seed++) {
    const stream = random(seed, "layout test");
    const sets = new Map([...whole].map(([set, all]) => [set * 3, all.filter(() => stream.uniform() < 0.9)]));
    const frames = 1 + stream.integer(5);
    const stories = formStories(sets, { ...layout, stories: stream.choice(["windows", "halves"]), frames, seed });
    const splitOf = new Map<number, string>();
    const ids = new Set(stories.map(({ id }) => id));
    assertEquals(ids.size, stories.length);
    for (const story of stories) {
      const set = Math.floor(story.frames[0]! / 10);
      assertEquals(story.frames.length, frames);
      assert(story.frames.every((scene) => Math.floor(scene / 10) === set && sets.get(set)!.includes(scene % 10)));
      assert(story.frames.every((scene, i) => i === 0 || scene > story.frames[i - 1]!));
      assertEquals(splitOf.get(set) ?? story.split, story.split);
      splitOf.set(set, story.split);
    }
    const counts = ["val", "test"].map((split) => [...splitOf.values()].filter((each) => each === split).length);
    assertEquals(counts, [2, 3]);
  }
});

Deno.test("formStories() splits alike for one seed, and hardly otherwise when a set is left out", () => {
  const splits = (sets: Map<number, number[]>, seed: number) =>
    new Map(formStories(sets, { ...layout, seed }).map(({ id, split }) => [id.split("_")[0], split]));
  const before = splits(whole, 1);
  assertEquals(splits(whole, 1), before);
  assert(JSON.stringify([...splits(whole, 2)]) !== JSON.stringify([...before]));
  const after = splits(new Map([...whole].filter(([set]) => set !== 5)), 1);
  assert([...after].filter(([set, split]) => before.get(set) !== split).length <= 2);
});

Deno.test("formStories() skips sets that are too short, and refuses to leave none for training", () => {
  const sets = new Map([...whole].map(([set, all]) => [set, set < 4 ? all.slice(0, 4) : all]));
  assertEquals(new Set(formStories(sets, layout).map(({ frames }) => Math.floor(frames[0]! / 10))).size, 8);
  assertThrows(
    () => formStories(sets, { ...layout, val: 5 }),
    UserError,
    "--val 5 and --test 3 leave none of the 8 sets of scenes for training",
  );
});

Deno.test("formStories() gives one story a set at T = 10, and ten at T = 1", () => {
  assertEquals(formStories(whole, { ...layout, frames: 10 }).length, 12);
  assertEquals(formStories(whole, { ...layout, frames: 1 }).length, 120);
});
