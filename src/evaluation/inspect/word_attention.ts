/** Word attention of the generator's blocks, for some captions. */
import { Buffer } from "node:buffer";
import type { Config } from "../../model/config.ts";
import { fixedCaptions } from "../../data/batches/stories.ts";
import type { Story } from "../../data/store/stories.ts";
import { tokenize } from "../../data/store/vocabulary.ts";
import type { Block } from "../../model/contract.ts";
import type { BlockValues, Inspector } from "./attention_maps.ts";
import { rounded } from "./selectors.ts";
import type { WordAttentionMaps } from "../../records/inspection.ts";

/** Captions that are shown: frame i of the i-th story, in turn. */
const captions = 4;

/** The attention to some captions of the shown stories, for every block of the generator that has word attention. */
export async function inspectWords(
  { config, stories, blocks, inspector }: {
    config: Config;
    stories: Story[];
    blocks: Block[];
    inspector: Inspector | undefined;
  },
): Promise<WordAttentionMaps[]> {
  const reading = blocks.filter(({ network, mode }) => network === "generator" && mode !== "sa");
  if (!inspector || reading.length === 0) return [];
  const shown = stories.slice(0, captions);
  const values = await inspector.read(shown);
  return Array.from({ length: captions }).flatMap((_, i) => {
    const s = i % shown.length;
    const story = shown[s]!;
    const t = i % story.frames.length;
    return reading.map((block) => attentionOf(values, { config, block, story, s, t }));
  });
}

function attentionOf(
  found: BlockValues,
  { config, block: { name, size, words: attended }, story, s, t }: {
    config: Config;
    block: Block;
    story: Story;
    s: number;
    t: number;
  },
): WordAttentionMaps {
  const caption = fixedCaptions(story, config)[t]!;
  // [B·T, S², L], or [B, T·S², T·L] where a frame attends to the whole story
  const { values, shape } = found[`${name}.words`]!;
  const whole = attended === "story";
  const K = shape[2]!;
  const [Q, T] = [size * size, story.frames.length];
  const start = (s * T + t) * Q * K; // of the frame's rows, in both shapes
  const first = whole ? t * config.data.words : 0; // of its sentence's words
  const words = tokenize(caption).slice(0, config.data.words);
  const maps = words.map((_, w) => Array.from({ length: Q }, (_, q) => values[start + q * K + first + w]!));
  const all = maps.flat();
  const [low, high] = [Math.min(...all), Math.max(...all)];
  const u = found[`${name}.u`]?.values[s * T + t];
  return {
    block: name,
    size,
    story: story.id,
    frame: t,
    caption,
    ...(u === undefined ? {} : { probability: rounded(1 / (1 + Math.exp(-u))) }),
    words,
    low: rounded(low),
    high: rounded(high),
    maps: maps.map((map) =>
      Buffer.from(map.map((weight) => Math.round(255 * (weight - low) / Math.max(high - low, 1e-9)))).toString("base64")
    ),
  };
}

/** The weights of a map as they were written, from 0 (the caption's least) to 1 (its greatest) [S²]. */
export function shareOfMap(map: string): number[] {
  return Array.from(Buffer.from(map, "base64"), (byte) => byte / 255);
}
