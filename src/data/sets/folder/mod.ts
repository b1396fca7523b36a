/** A user's own stories: a list `stories.jsonl` and pictures beside it, see data/readme.md. */
import { z } from "zod";
import { allDone } from "../../../base/concurrency.ts";
import { fail } from "../../../base/errors.ts";
import { sha256 } from "../../../base/files.ts";
import { random } from "../../../base/random.ts";
import { type Archive, archiveAt } from "../../files/archive.ts";
import type { LineFrame } from "./line.ts";
import { LIST, readStories, type ReadStory } from "./list.ts";
import { type Assigned, equalFiles, sharedPictures } from "./shared.ts";
import { decodePicture } from "../../files/pictures.ts";
import { setSource, type SourceFrame, type SourceStory } from "../source.ts";

const share = (what: string) =>
  z.coerce.number().min(0, "expected a share from 0 to 1").max(1, "expected a share from 0 to 1").default(0.1)
    .describe(`share of the stories for ${what}, where the list has no splits`);
const pixels = () => z.coerce.number().int("expected a whole number").min(1, "expected at least 1").default(64);

export const source = setSource({
  name: "folder",
  version: 1,
  about: `stories of your own: a list ${LIST} and pictures beside it, see data/readme.md`,
  from: true,
  options: z.object({
    val: share("validation"),
    test: share("test"),
    seed: z.coerce.number().int("expected a whole number").min(0, "expected at least 0").max(2 ** 32 - 1).default(1)
      .describe("selects which stories these are"),
    width: pixels().describe("range of x in the scene graphs, in pixels"),
    height: pixels().describe("range of y in the scene graphs, in pixels"),
  }),
  fingerprint: async (archive) => sha256(await archiveAt(archive, LIST).read(LIST)),
  async open({ val, test, seed, width, height }, bad, archive) {
    const files = archiveAt(archive!, LIST);
    let lost = 0;
    const counting = { drop: (message: string) => (bad.drop(message), void lost++) }; // a story for each
    const read = withSplits(await readStories(files, counting), val, test, seed);
    for (const split of ["train", "val"] as const) {
      if (!read.some((story) => story.split === split)) {
        fail(
          `"${files.where}" has no story of split "${split}", but training needs stories of train and of val; ` +
            `set "split" in the list, or --val and --test.`,
        );
      }
    }
    const names = [...new Set(read.flatMap(({ frames }) => frames.flatMap(({ labels }) => labels ?? [])))].sort();
    const frames: SourceFrame[] = [];
    const numbers = new Map<string, number>(); // index of a frame by its content
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
      lost,
      warnings: sharedPictures(read, await equalFiles(files, read)),
    };
  },
});

/** Stories with their splits, which are drawn at random where the list has none. */
function withSplits(stories: ReadStory[], val: number, test: number, seed: number): Assigned[] {
  if (stories.every((story): story is Assigned => story.split !== undefined)) return stories;
  const held = (share: number) => share === 0 ? 0 : Math.max(1, Math.round(share * stories.length));
  const order = random(seed, "split").shuffle(stories.map((_, i) => i));
  const splitOf = new Map<number, Assigned["split"]>();
  order.forEach((i, rank) =>
    splitOf.set(i, rank < held(val) ? "val" : rank < held(val) + held(test) ? "test" : "train")
  );
  return stories.map((story, i) => ({ ...story, split: splitOf.get(i)! }));
}

function sourceFrame(files: Archive, id: string, { images, captions, scene, labels }: LineFrame, names: string[]) {
  const where = (path: string) => `"${path}" in "${files.where}"`;
  return {
    id,
    captions,
    ...(scene ? { scene } : {}),
    ...(names.length > 0 ? { labels: names.map((name) => labels?.includes(name) ? 1 : 0) } : {}),
    pictures: async (remark?: (what: string) => void) => {
      const read = async (path: string) =>
        await decodePicture(await files.read(path), where(path), undefined, "white", remark);
      return (await allDone(images.map(read))).flat();
    },
  };
}
