import { assertEquals } from "@std/assert";
import { fixedPictures, openStorySet, prepareSet, writeStoryFolder } from "../../../../src/data/mod.ts";
import { tinyStorySet } from "../../../fixtures/tiny_stories.ts";
import { withFolder } from "../../../runs/help.ts";

Deno.test("a folder written by writeStoryFolder() is prepared with the same captions and pixels", () =>
  withFolder(async (root) => {
    const set = await tinyStorySet();
    const [first, ...more] = set.split("train").slice(0, 3);
    const stories = [{ ...first!, id: "Pororo/ep1/2" }, ...more, set.split("val")[0]!, set.split("test")[1]!];
    await writeStoryFolder(`${root}/mine`, set, stories);
    await prepareSet("folder", { from: `${root}/mine`, name: "mine", root });
    const read = await openStorySet("mine", root);
    assertEquals(["train", "val", "test"].map((split) => read.split(split as "train").length), [3, 1, 1]);
    for (const story of stories) {
      const again = read.split(story.split).find(({ id }) => id === story.id)!;
      assertEquals(
        again.frames.map(({ captions }) => captions.map(({ text, level }) => [text, level])),
        story.frames.map(
          ({ captions }) => captions.map(({ text, level }) => [text, level]),
        ),
      );
      assertEquals(fixedPictures(read, again), fixedPictures(set, story));
    }
  }));
