/** The sample grid of a run: the same validation stories with the same noise every time, so that sheets compare. */
import { writeAtomic } from "../../base/files.ts";
import { fixedCaptions, fixedPictures, storyBatch } from "../../data/batches/stories.ts";
import { disposeTree, type State } from "../../engine/mod.ts";
import { drawNoise } from "../../train/draws.ts";
import { type Drawing, framesAsBytes, uploadBatch } from "./draw.ts";
import { type Band, drawSheet } from "./sheet.ts";

/** A step's name of six digits, so that sheets sort. */
export function sampleName(step: number): string {
  return `${String(step).padStart(6, "0")}.png`;
}

/**
 * Writes `samples/real.png`.
 *
 * @returns a function that draws the same stories with a generator and writes `samples/NNNNNN.png`, real frames above
 *   drawn ones; it returns that path.
 */
export async function sampleGrid(
  folder: string,
  { system, config, set, vocabulary, encoder, encode, draw }: Drawing,
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
    const { images, tokens, mask, labels } = uploadBatch(batch, set.size);
    const text = encode(encoder, tokens, mask, labels);
    const noise = drawNoise(system.noise(config, B, T), config.seed, "sample", 0);
    const drawn = draw(weights, text, noise);
    const frames = await framesAsBytes(drawn);
    disposeTree([images, tokens, text, noise, drawn]);
    const sheet = bands.map(({ captions, rows }, b) => ({
      captions,
      rows: [...rows, { label: `step ${step}`, frames: frames[b]! }],
    }));
    const path = `${folder}/samples/${sampleName(step)}`;
    writeAtomic(path, await drawSheet(sheet));
    return path;
  };
}
