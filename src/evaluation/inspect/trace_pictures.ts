/** A traced story as pictures: rows for `drawAttentionMaps`. */
import { fail } from "../../base/errors.ts";
import { type AttentionRow, stretched } from "../../runs/sampling/attention_maps.ts";
import type { SelectionRow, TracedStory } from "./trace.ts";

/** Every frame, and beside it the feature strength of each block. */
export function strengthRows({ generated, generator, discriminator }: TracedStory): AttentionRow[] {
  const blocks = [...generator, ...discriminator].filter(({ block, maps }) => maps && block !== "generator.image");
  const short = (block: string) => block.replace("generator", "G").replace("discriminator", "D");
  return generated.map((picture, t) => ({
    label: `frame ${t + 1}`,
    picture,
    maps: blocks.map(({ block, maps, shape }) => ({
      label: `${short(block).replace("conditional.", "")} ${shape[1]}×${shape[2]}`,
      map: maps![t]!,
      bare: true,
    })),
  }));
}

/** Every frame, and beside it one attention map for each word of its caption. */
export function wordRows({ generated, words }: TracedStory, { block, words: weights }: SelectionRow): AttentionRow[] {
  if (!weights) fail(`The block "${block}" has no attention to the words of single frames.`);
  return generated.map((picture, t) => {
    const maps = stretched(weights[t]!);
    return { label: `frame ${t + 1}`, picture, maps: words[t]!.map((label, k) => ({ label, map: maps[k]! })) };
  });
}

/**
 * Every frame, and beside it the self-attention of some positions; a position is its column and row as shares, 0 to 1.
 */
export function positionRows(
  { generated }: TracedStory,
  { block, self, size }: SelectionRow,
  positions: { x: number; y: number }[],
): AttentionRow[] {
  if (!self) fail(`The block "${block}" has no self-attention.`);
  const index = (share: number) => Math.min(size - 1, Math.floor(share * size));
  return generated.map((picture, t) => ({
    label: `frame ${t + 1}`,
    picture,
    maps: positions.map(({ x, y }) => {
      const from = index(y) * size + index(x);
      const weights = self[t]!.subarray(from * size * size, (from + 1) * size * size);
      return { label: `from ${index(x)}, ${index(y)}`, map: stretched([weights])[0]! };
    }),
  }));
}
