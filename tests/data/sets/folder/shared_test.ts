import { assertEquals } from "@std/assert";
import { type Assigned, equalFiles, sharedPictures } from "../../../../src/data/sets/folder/shared.ts";
import { archiveOf } from "../pororo/fixture.ts";

const story = (id: string, split: Assigned["split"], image: string): Assigned => ({
  id,
  split,
  frames: [{ captions: [{ text: "a ball" }], images: [image] }],
});

Deno.test("sharedPictures() warns of the same bytes under other names, as of equal paths", async () => {
  const bytes = (...values: number[]) => Uint8Array.from(values);
  const files = archiveOf({ "a.png": bytes(1, 2), "b.png": bytes(1, 2), "c.png": bytes(1, 3), "d.png": bytes(4) });
  const stories = [story("0", "train", "a.png"), story("1", "val", "c.png"), story("2", "test", "b.png")];
  const warnings = async (stories: Assigned[]) => sharedPictures(stories, await equalFiles(files, stories));
  assertEquals(await warnings(stories), [
    'Stories of test with a picture that training has too: 1 of 1, e.g. "b.png", which has the bytes of "a.png"',
  ]);
  assertEquals(await warnings([...stories.slice(0, 2), story("2", "test", "d.png")]), []);
  assertEquals(await warnings([stories[0]!, story("1", "val", "a.png")]), [
    'Stories of val with a picture that training has too: 1 of 1, e.g. "a.png"',
  ]);
});
