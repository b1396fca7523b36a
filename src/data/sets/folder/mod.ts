/** Stories of your own: a list `stories.jsonl` and pictures beside it, see data/readme.md. */
import { z } from "zod";
import { allDone } from "../../../base/concurrency.ts";
import { fail } from "../../../base/errors.ts";
import { sha256 } from "../../../base/files.ts";
import { random } from "../../../base/random.ts";
import { type Archive, archiveAt } from "../../files/archive.ts";
import { type LineFrame } from "./line.ts";
import { LIST, readStories, type ReadStory } from "./list.ts";
import { decodePicture } from "../../files/pictures.ts";
import { setSource, type SourceFrame, type SourceStory } from "../source.ts";

const share = (what: string) =>
  z.coerce.number().min(0, "expected a share from 0 to 1").max(1, "expected a share from 0 to 1").default(0.1)
    .describe(`share of the stories that ${what}, where the list names no split`);
const pixels = () => z.coerce.number().int("expected a whole number").min(1, "expected at least 1").default(64);

export const source = setSource({
  name: "folder",
  version: 1,
  about: `stories of your own: a list ${LIST} and pictures beside it, see data/readme.md`,
  from: true,
  options: z.object({
    val: share("validate"),
    test: share("test"),
    seed: z.coerce.number().int("expected a whole number").min(0, "expected at least 0").max(2 ** 32 - 1).default(1)
      .describe("another choice of these stories"),
    width: pixels().describe("pixels that x of the scene graphs counts, where there are some"),
    height: pixels().describe("pixels that y counts"),
  }),
  fingerprint: async (archive) => sha256(await archiveAt(archive, LIST).read(LIST)),
  async open({ val, test, seed, width, height }, bad, archive) {
    const files = archiveAt(archive!, LIST);
    const read = withSplits(await readStories(files, bad), val, test, seed);
    for (const split of ["train", "val"] as const) {
      if (!read.some((story) => story.split === split)) {
        fail(`"${files.where}" holds no story of split "${split}": training needs some of train and some of val.`);
      }
    }
    const names = [...new Set(read.flatMap(({ frames }) => frames.flatMap(({ labels }) => labels ?? [])))].sort();
    const frames: SourceFrame[] = [];
    const numbers = new Map<string, number>(); // of frames, by all that they are
    const stories = read.map(({ id, split, frames: own }): SourceStory => ({
      id,
      split,
      frames: own.map((frame, t) => {
        const key = JSON.stringify(frame);
        let number = numbers.get(key);
        if (number === undefined) {
          numbers.set(key, number = frames.length);
          frames.push(sourceFrame(files, `${id}/${t}`, frame, names));
        }
        return number;
      }),
    }));
    return {
      length: read[0]!.frames.length,
      frames,
      stories,
      ...(frames.some(({ scene }) => scene) ? { scene: { width, height } } : {}),
      ...(names.length > 0 ? { labels: names } : {}),
      warnings: sharedPictures(read),
    };
  },
});

type Assigned = ReadStory & { split: SourceStory["split"] };

/** Stories with their splits, by lot where the list names none. */
function withSplits(stories: ReadStory[], val: number, test: number, seed: number): Assigned[] {
  if (stories.every((story): story is Assigned => story.split !== undefined)) return stories;
  const held = (share: number) => share === 0 ? 0 : Math.max(1, Math.round(share * stories.length));
  const lots = random(seed, "split").shuffle(stories.map((_, i) => i)); // place in the list by lot
  const splitOf = new Map<number, Assigned["split"]>();
  lots.forEach((i, lot) => splitOf.set(i, lot < held(val) ? "val" : lot < held(val) + held(test) ? "test" : "train"));
  return stories.map((story, i) => ({ ...story, split: splitOf.get(i)! }));
}

function sourceFrame(files: Archive, id: string, { images, captions, scene, labels }: LineFrame, names: string[]) {
  const where = (path: string) => `"${path}" in "${files.where}"`;
  return {
    id,
    captions,
    ...(scene ? { scene } : {}),
    ...(names.length > 0 ? { labels: names.map((name) => labels?.includes(name) ? 1 : 0) } : {}),
    pictures: async () =>
      (await allDone(images.map(async (path) => await decodePicture(await files.read(path), where(path))))).flat(),
  };
}

/** A warning where what is held out was seen in training. */
function sharedPictures(stories: Assigned[]): string[] {
  const imagesOf = ({ frames }: Assigned) => frames.flatMap(({ images }) => images);
  const seen = new Set(stories.filter(({ split }) => split === "train").flatMap(imagesOf));
  return (["val", "test"] as const).flatMap((split) => {
    const held = stories.filter((story) => story.split === split);
    const leaky = held.filter((story) => imagesOf(story).some((image) => seen.has(image))).length;
    return leaky > 0
      ? [`${leaky} of ${held.length} ${split} stories show pictures that training stories show too`]
      : [];
  });
}
