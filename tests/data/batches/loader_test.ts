import { assertEquals, assertRejects } from "@std/assert";
import { resolveConfig } from "../../../src/model/config.ts";
import { UserError } from "../../../src/base/errors.ts";
import { buildVocabulary, openStorySet, prepareSet, type StorySet } from "../../../src/data/mod.ts";
import { type Feed, type FeedKind, type FeedPlan, makeFed, openFeed } from "../../../src/data/batches/loader.ts";
import { preparedFolder } from "../../../src/data/store/manifest.ts";

const config = resolveConfig("tiny", [
  "train.batch=5",
  "text.batch=6",
  "text.embedding=4",
  "text.dropout=0.5",
  "classifier.batch=7",
]);
const noise = { z: { shape: [5, 3], kind: "normal" as const }, choice: { shape: [7], kind: "logistic" as const } };
const stories: FeedPlan<"stories"> = { kind: "stories", config, noise };
const pictures: FeedPlan<"pictures"> = { kind: "pictures", config, targets: ["mike", "jenny"] };
const vocabulary = buildVocabulary(["Mike kicks the ball.", "Jenny is happy."]);

/** Runs `work` with a set that lies in a folder, as a worker needs it. */
async function withSet(work: (set: StorySet, folder: string) => Promise<void>): Promise<void> {
  const root = await Deno.makeTempDir({ prefix: "storyloom-feed-" });
  try {
    await prepareSet("clipart", { options: { stories: 12, seed: 1 }, root });
    await work(await openStorySet("clipart", root), preparedFolder("clipart", root));
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

async function take<K extends FeedKind>(feed: Feed<K>, steps: number) {
  const taken = [];
  for (let i = 0; i < steps; i++) taken.push(await feed.next());
  feed.close();
  return taken;
}

Deno.test("openFeed() gives from a worker what it gives in this thread, from any step on", async () => {
  await withSet(async (set) => {
    for (const plan of [stories, { kind: "pairs", config } satisfies FeedPlan<"pairs">, pictures]) {
      const expected = [3, 4, 5, 6, 7].map((step) => makeFed(set, vocabulary, plan, step));
      assertEquals(await take(openFeed(set, vocabulary, plan, 3), 5), expected);
      assertEquals(await take(openFeed({ ...set, root: undefined }, vocabulary, plan, 3), 5), expected);
    }
  });
});

Deno.test("openFeed() passes on what a user can mend: a batch too large, pictures cut short, another set", async () => {
  await withSet(async (set, folder) => {
    const failing = async (plan: FeedPlan<"stories">, message: string) => {
      const feed = openFeed(set, vocabulary, plan, 1);
      await assertRejects(() => feed.next(), UserError, message);
      feed.close();
    };
    const tooLarge = { ...stories, config: { ...config, train: { ...config.train, batch: 13 } } };
    await failing(tooLarge, "only 12 training stories");
    await Deno.truncate(`${folder}/images.u8`, 1000);
    await failing(stories, "images.u8 ends before picture");
    await Deno.writeTextFile(`${folder}/manifest.json`, " ", { append: true });
    await failing(stories, "was changed while it was in use");
    await Deno.remove(`${folder}/manifest.json`);
    await failing(stories, "was changed while it was in use");
  });
});

Deno.test("openFeed() in this thread rejects as a worker does, and only when the step is asked for", async () => {
  await withSet(async (set) => {
    const inMemory = { ...set, root: undefined };
    const tooLarge = { ...stories, config: { ...config, train: { ...config.train, batch: 13 } } };
    const feed = openFeed(inMemory, vocabulary, tooLarge, 1);
    await assertRejects(() => feed.next(), UserError, "only 12 training stories");
  });
});
