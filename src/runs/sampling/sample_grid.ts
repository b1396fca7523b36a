/** The sample grid of a run: always the same validation stories and the same noise, so that grids can be compared. */
import { writeAtomic } from "../../base/files.ts";
import { fixedCaptions, fixedPictures, storyBatch } from "../../data/batches/stories.ts";
import { disposeTree, type State } from "../../engine/mod.ts";
import { sampleNoise } from "../../train/inputs.ts";
import { conditionBatch, framesAsBytes, type Generating } from "./generate.ts";
import { type Band, drawSheet } from "./sheet.ts";

/** A step's name of six digits, so that sheets sort. */
export function sampleName(step: number): string {
  return `${String(step).padStart(6, "0")}.png`;
}

/**
 * Writes `samples/real.png`.
 *
 * @returns a function that generates the same stories and writes `samples/NNNNNN.png`, real frames above generated
 *   ones; it returns that path.
 */
export async function sampleGrid(
  folder: string,
  { system, config, set, vocabulary, frozen, condition, generate }: Generating,
): Promise<(step: number, weights: State) => Promise<string>> {
  const stories = set.split("val").slice(0, config.record.stories);
  const batch = storyBatch(set, vocabulary, config, stories);
  const { B, T } = batch.shape;
  const bands: Band[] = stories.map((story) => ({
    captions: fixedCaptions(story, config),
    rows: [{ label: "real", frames: fixedPictures(set, story) }],
  }));
  writeAtomic(`${folder}/samples/real.png`, await drawSheet(bands));

  return async (step, weights) => {
    const given = conditionBatch({ set, frozen, condition }, batch);
    const noise = sampleNoise(system.latents(config, B, T), config.seed, "sample", 0);
    const images = generate(weights, given.condition, noise); // [B, T, H, W, 3]
    const frames = await framesAsBytes(images);
    disposeTree([given.uploaded, given.condition, noise, images]);
    const sheet = bands.map(({ captions, rows }, b) => ({
      captions,
      rows: [...rows, { label: `step ${step}`, frames: frames[b]! }],
    }));
    const path = `${folder}/samples/${sampleName(step)}`;
    writeAtomic(path, await drawSheet(sheet));
    return path;
  };
}
