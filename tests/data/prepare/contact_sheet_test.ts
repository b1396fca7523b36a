import { assertEquals } from "@std/assert";
import { contactFrames, drawContactSheet, fixedPictures } from "../../../src/data/mod.ts";
import { tinyStorySet } from "../../fixtures/tiny_stories.ts";

Deno.test("contactFrames() returns a story's pictures with captions of a level, and drawContactSheet() renders them", async () => {
  const set = await tinyStorySet();
  const story = set.split("val")[0]!;
  const frames = contactFrames(set, story, "relation");
  assertEquals(frames.map(({ picture }) => picture), fixedPictures(set, story));
  for (const [t, { caption }] of frames.entries()) {
    const found = story.frames[t]!.captions.find(({ text }) => text === caption)!;
    assertEquals(found.level, "relation");
  }
  assertEquals(contactFrames(set, story)[0]!.caption, story.frames[0]!.captions[0]!.text);
  const sheet = await drawContactSheet([frames, contactFrames(set, story, "detail")]);
  assertEquals([...sheet.subarray(1, 4)], [..."PNG"].map((letter) => letter.charCodeAt(0)));
});
