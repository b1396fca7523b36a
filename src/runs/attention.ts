/**
 * What words look at: a picture, and beside it one more for each word of its caption, bright where the word looks.
 *
 * The looks are those of DAMSM's word loss. Brightness goes from the weakest to the strongest look of the whole caption, so
 * a word that looks everywhere alike stays evenly grey.
 */
import { Buffer } from "node:buffer";
import sharp, { type OverlayOptions } from "sharp";
import type { Config } from "../base/config.ts";
import { fixedCaptions, fixedPictures } from "../data/batches.ts";
import { pairBatch } from "../data/pairs.ts";
import type { Story, StorySet } from "../data/stories.ts";
import { tokenize, type Vocabulary } from "../data/vocabulary.ts";
import { disposeTree, jit, type State, type Tensor } from "../engine/mod.ts";
import { wordAttention } from "../model/damsm.ts";
import { encodeText } from "../model/text_encoder.ts";
import { encodeImage } from "../model/tower.ts";
import { type PairTensors, uploadPairs } from "../train/damsm.ts";

/** Frames with a caption each, of one data set. */
export interface AttentionPicks {
  set: StorySet;
  picks: { story: Story; frame: number; caption: string }[];
}

/** One frame of each of the first stories of the val split, or all frames of one story; each with its fixed caption. */
export function attentionPicks(config: Config, set: StorySet, story?: Story): AttentionPicks {
  const chosen = story
    ? story.frames.map((_, frame) => ({ story, frame }))
    : set.split("val").slice(0, 6).map((story, i) => ({ story, frame: i % set.frames }));
  const picks = chosen.map(({ story, frame }) => {
    return { story, frame, caption: fixedCaptions(story, config)[frame]! };
  });
  return { set, picks };
}

const shown = 96; // pixels of a picture's side
const gap = 6;
const label = 16; // height of a word's line
const columns = 12; // words beside a picture, before the next line

/** Draws the figure as PNG; `model` is encoder and tower. */
export async function attentionFigure(
  config: Config,
  model: State,
  vocabulary: Vocabulary,
  { set, picks }: AttentionPicks,
): Promise<Uint8Array> {
  const pairs = uploadPairs(pairBatch(set, vocabulary, picks, config.data.words), set.size);
  const look = jit((model: State, { images, tokens, mask }: PairTensors) => {
    const { words } = encodeText(config, model, tokens, mask);
    return wordAttention(config, words, mask, encodeImage(config, model, images, false).regions);
  }, { name: "attention" });
  const weights = look(model, pairs); // [N, L, R]
  const maps = await normalised(weights, picks.map(({ caption }) => tokenize(caption).length));
  disposeTree([pairs, weights]);
  look.dispose();

  const layers: OverlayOptions[] = [];
  const texts: string[] = [];
  const width = gap + (1 + columns) * (shown + gap);
  let top = gap;
  for (const [i, { story, frame, caption }] of picks.entries()) {
    const picture = await enlarged(fixedPictures(set, story)[frame]!, set.size);
    const place = (input: Buffer, column: number, text: string, y: number) => {
      const left = gap + column * (shown + gap);
      layers.push({ input, left, top: y });
      texts.push(`<text x="${left + shown / 2}" y="${y + shown + label - 4}" text-anchor="middle">${text}</text>`);
    };
    place(picture, 0, `${story.id}/${frame}`, top);
    const words = tokenize(caption).slice(0, config.data.words);
    for (const [w, word] of words.entries()) {
      if (w > 0 && w % columns === 0) top += shown + label + gap;
      place(await lit(picture, maps[i]![w]!), 1 + w % columns, word, top);
    }
    top += shown + label + 2 * gap;
  }
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${top}" ` +
    `font-family="DejaVu Sans, Verdana, Arial, sans-serif" font-size="11" fill="#222">${texts.join("")}</svg>`;
  const sheet = sharp({ create: { width, height: top, channels: 3, background: "white" } })
    .composite([...layers, { input: Buffer.from(svg), left: 0, top: 0 }]);
  return new Uint8Array(await sheet.png({ compressionLevel: 9 }).toBuffer());
}

/** Weights [N, L, R] of each caption's words, as shares 0 to 1 of the way from its weakest to its strongest look. */
async function normalised(weights: Tensor, lengths: number[]): Promise<number[][][]> {
  const [, L, R] = weights.shape as [number, number, number];
  const values = await weights.data();
  return lengths.map((length, i) => {
    const words = Array.from(
      { length: Math.min(length, L) },
      (_, w) => Array.from(values.subarray((i * L + w) * R, (i * L + w + 1) * R)),
    );
    const all = words.flat();
    const [low, high] = [Math.min(...all), Math.max(...all)];
    return words.map((row) => row.map((value) => (value - low) / Math.max(high - low, 1e-9)));
  });
}

/** Pixels [s·s·3] as raw RGB of the shown size. */
function enlarged(pixels: Uint8Array, size: number): Promise<Buffer> {
  return sharp(pixels, { raw: { width: size, height: size, channels: 3 } })
    .resize(shown, shown, { kernel: "nearest" }).png().toBuffer();
}

/** A picture under a look [R], which is enlarged smoothly: a fifth of the brightness where it is 0, all where it is 1. */
async function lit(picture: Buffer, look: number[]): Promise<Buffer> {
  const side = Math.round(Math.sqrt(look.length));
  const mask = await sharp(Uint8Array.from(look, (value) => Math.round(255 * (0.2 + 0.8 * value))), {
    raw: { width: side, height: side, channels: 1 },
  }).resize(shown, shown, { kernel: "cubic" }).toColourspace("b-w").raw().toBuffer();
  const { data } = await sharp(picture).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  const out = Uint8Array.from(data, (value, i) => value * mask[Math.floor(i / 3)]! / 255);
  return await sharp(out, { raw: { width: shown, height: shown, channels: 3 } }).png().toBuffer();
}
