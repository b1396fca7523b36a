import { assertEquals, assertNotEquals, assertRejects, assertThrows } from "@std/assert";
import { resolveConfig } from "../../../src/model/config.ts";
import { UserError } from "../../../src/base/errors.ts";
import { buildVocabulary, openStorySet, prepareSet, type StorySet } from "../../../src/data/mod.ts";
import { checkSizes, type Loader, type LoaderPlan, loadStep, openLoader } from "../../../src/data/batches/loader.ts";
import { captionBatch } from "../../../src/data/batches/pairs.ts";
import { trainingBatch } from "../../../src/data/batches/stories.ts";
import { preparedFolder } from "../../../src/data/store/manifest.ts";

const config = resolveConfig("tiny");
const noise = { z: { shape: [5, 3], kind: "normal" as const }, choice: { shape: [7], kind: "logistic" as const } };
const plan = (loaders: LoaderPlan["loaders"], noise: LoaderPlan["noise"] = {}): LoaderPlan => ({
  config,
  loaders,
  noise,
});
const stories = (size = 5) => plan({ stories: { kind: "stories", size, sizeKey: "train.batch" } }, noise);
const pairs = plan(
  { pairs: { kind: "pairs", size: 6, sizeKey: "text.batch", joined: 0.5 } },
  { dropout: { shape: [6, 25, 4], kind: "dropout", rate: 0.5 } },
);
const frames = plan({
  frames: { kind: "frames", size: 7, sizeKey: "classifier.batch", targets: ["mike", "jenny"], flip: true },
});
/** Two loaders of one kind, as a system with two discriminators wants them. */
const several = plan({ ...stories().loaders, more: { kind: "stories", size: 3, sizeKey: "train.batch" } });
const targets = ["jenny", "sun", "sky=rainy"];
const withTargets = plan({
  stories: { kind: "stories", size: 4, sizeKey: "train.batch", targets },
  pairs: { kind: "pairs", size: 6, sizeKey: "text.batch", joined: 0.5, targets },
});
const vocabulary = buildVocabulary(["Mike kicks the ball.", "Jenny is happy."]);

/** Runs `work` with a set that lies in a folder, as a worker needs it. */
async function withSet(work: (set: StorySet, folder: string) => Promise<void>): Promise<void> {
  const root = await Deno.makeTempDir({ prefix: "storyloom-loader-" });
  try {
    await prepareSet("clipart", { options: { stories: 12, seed: 1 }, root });
    await work(await openStorySet("clipart", root), preparedFolder("clipart", root));
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

async function take(loader: Loader, steps: number) {
  const taken = [];
  for (let i = 0; i < steps; i++) taken.push(await loader.next());
  loader.close();
  return taken;
}

Deno.test("openLoader() gives from a worker what it gives in this thread, from any step on", async () => {
  await withSet(async (set) => {
    for (const plan of [stories(), pairs, frames, several, withTargets]) {
      const expected = [3, 4, 5, 6, 7].map((step) => loadStep(set, vocabulary, plan, step));
      assertEquals(await take(openLoader(set, vocabulary, plan, 3), 5), expected);
      assertEquals(await take(openLoader({ ...set, root: undefined }, vocabulary, plan, 3), 5), expected);
    }
  });
});

Deno.test("loadStep() says of each frame of stories and pairs which targets it shows, and changes nothing else", async () => {
  await withSet((set) => {
    const { batches } = loadStep(set, vocabulary, withTargets, 3);
    const without = plan({
      stories: { kind: "stories", size: 4, sizeKey: "train.batch" },
      pairs: { kind: "pairs", size: 6, sizeKey: "text.batch", joined: 0.5 },
    });
    const { batches: plain } = loadStep(set, vocabulary, without, 3);
    assertEquals(Object.keys(plain.stories!), ["images", "tokens", "mask"]);
    for (const [name, { targets: _, ...rest }] of Object.entries(batches)) assertEquals(rest, plain[name], name);
    const { stories: ids } = trainingBatch(set, vocabulary, { ...config, size: 4 }, 2);
    const chosen = ids.map((id) => set.split("train").find((story) => story.id === id)!);
    const shown = chosen.flatMap(({ frames }) =>
      frames.flatMap(({ scene }) => [
        ...["jenny", "sun"].map((name) => scene!.objects.some((object) => object.name === name) ? 1 : 0),
        scene!.weather === "rainy" ? 1 : 0,
      ])
    );
    assertEquals(batches.stories!.targets, { data: Float32Array.from(shown), shape: [4, 5, 3] });
    assertEquals(batches.pairs!.targets!.shape, [6, 3]);
    const { frames, targets: ofPairs } = captionBatch(set, vocabulary, { ...config, size: 6, joined: 0.5, targets }, 2);
    assertEquals([...ofPairs], [...batches.pairs!.targets!.data]);
    frames.forEach((frame, n) => {
      const [id, t] = [frame.slice(0, frame.lastIndexOf("/")), Number(frame.slice(frame.lastIndexOf("/") + 1))];
      const scene = set.split("train").find((story) => story.id === id)!.frames[t]!.scene!;
      assertEquals(ofPairs[3 * n + 2], scene.weather === "rainy" ? 1 : 0);
    });
    return Promise.resolve();
  });
});

Deno.test("checkSizes() names the key's value and the largest that fits, also where a batch is a multiple of it", async () => {
  await withSet((set) => {
    const { loaders } = plan({ more: { kind: "stories", size: 14, sizeKey: "train.batch", factor: 2 } });
    const message =
      'train.batch is 7 for batches of 14 samples, but the data set "clipart" has only 12 training stories; ' +
      "set train.batch=6.";
    assertThrows(() => checkSizes(set, loaders), UserError, message);
    return Promise.resolve();
  });
});

Deno.test("a loader that is called as its kind has that kind's streams, another one streams of its own name", async () => {
  await withSet((set) => {
    const { batches } = loadStep(set, vocabulary, several, 2);
    assertEquals(batches.stories, loadStep(set, vocabulary, stories(), 2).batches.stories);
    assertEquals(batches.more!.images!.shape, [3, 5, 64, 64, 3]);
    const same = plan({ stories: { kind: "stories", size: 3, sizeKey: "train.batch" } });
    assertNotEquals(batches.more, loadStep(set, vocabulary, same, 2).batches.stories);
    return Promise.resolve();
  });
});

Deno.test("openLoader() passes on what a user can mend: a batch too large, pictures cut short, another set", async () => {
  await withSet(async (set, folder) => {
    const failing = async (plan: LoaderPlan, message: string) => {
      const loader = openLoader(set, vocabulary, plan, 1);
      await assertRejects(() => loader.next(), UserError, message);
      loader.close();
    };
    await failing(stories(13), 'train.batch is 13, but the data set "clipart" has only 12 training stories');
    await Deno.truncate(`${folder}/images.u8`, 1000);
    await failing(stories(), "images.u8 ends before picture");
    await Deno.writeTextFile(`${folder}/manifest.json`, " ", { append: true });
    await failing(stories(), "was changed while it was in use");
    await Deno.remove(`${folder}/manifest.json`);
    await failing(stories(), "was changed while it was in use");
  });
});

Deno.test("openLoader() in this thread rejects as a worker does, and only when the step is asked for", async () => {
  await withSet(async (set) => {
    const inMemory = { ...set, root: undefined };
    const loader = openLoader(inMemory, vocabulary, stories(13), 1);
    await assertRejects(() => loader.next(), UserError, "only 12 training stories");
  });
});
