/** The configuration of a run on a data set whose scenes are not known. */
import { assertEquals } from "@std/assert";
import { resolveConfig } from "../../src/model/config.ts";
import { damsm } from "../../src/model/damsm/mod.ts";
import { openStorySet, prepareSet, type StorySet } from "../../src/data/mod.ts";
import { targetsRead, withPossibleHeads } from "../../src/runs/workplace.ts";

Deno.test("a set without labels and scene graphs is trained without object heads, any other with them", async () => {
  const root = await Deno.makeTempDir();
  try {
    await prepareSet("clipart", { options: { stories: 12, seed: 1 }, root });
    const set = await openStorySet("clipart", root);
    const config = resolveConfig("tiny");
    assertEquals(withPossibleHeads(config, set), { config, off: [] });
    const targets = targetsRead(damsm, config, set);
    assertEquals([targets.includes("jenny"), targets.some((name) => name.startsWith("sky="))], [true, true]);

    const unknown: StorySet = {
      ...set,
      split: (name) =>
        set.split(name).map((story) => ({
          ...story,
          frames: story.frames.map(({ scene: _, ...frame }) => frame),
        })),
    };
    const { config: without, off } = withPossibleHeads(config, unknown);
    assertEquals(off, ["text.objects=0", "loss.objects=0", "loss.encoderObjects=0"]);
    assertEquals(without, resolveConfig("tiny", off));
    assertEquals(targetsRead(damsm, without, unknown), []);
    const none = resolveConfig("paper");
    assertEquals(withPossibleHeads(none, unknown), { config: none, off: [] });
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});
