/** A story's walk as pictures; `drawLooks` of looks.ts draws the rows. */
import { fail } from "../../base/errors.ts";
import { type LookRow, stretched } from "../../runs/sampling/attention_maps.ts";
import type { DecisionRow, StoryWalk } from "./trace.ts";

/** Every frame, and beside it where each block's features are strong. */
export function strengthRows({ drawn, generator, discriminator }: StoryWalk): LookRow[] {
  const blocks = [...generator, ...discriminator].filter(({ block, maps }) => maps && block !== "generator.image");
  const short = (block: string) => block.replace("generator", "G").replace("discriminator", "D");
  return drawn.map((picture, t) => ({
    label: `frame ${t + 1}`,
    picture,
    looks: blocks.map(({ block, maps, shape }) => ({
      label: `${short(block).replace("conditional.", "")} ${shape[1]}×${shape[2]}`,
      map: maps![t]!,
      bare: true,
    })),
  }));
}

/** Every frame, and beside it one look for each word of its caption: bright where the word is taken up. */
export function wordRows({ drawn, words }: StoryWalk, { block, words: looks }: DecisionRow): LookRow[] {
  if (!looks) fail(`The block "${block}" looks at no words of single frames.`);
  return drawn.map((picture, t) => {
    const maps = stretched(looks[t]!);
    return { label: `frame ${t + 1}`, picture, looks: words[t]!.map((label, k) => ({ label, map: maps[k]! })) };
  });
}

/** Every frame, and beside it where some places of it look; a place is its column and row as shares, 0 to 1. */
export function placeRows(
  { drawn }: StoryWalk,
  { block, self, size }: DecisionRow,
  places: { x: number; y: number }[],
): LookRow[] {
  if (!self) fail(`The block "${block}" has no self-attention.`);
  const index = (share: number) => Math.min(size - 1, Math.floor(share * size));
  return drawn.map((picture, t) => ({
    label: `frame ${t + 1}`,
    picture,
    looks: places.map(({ x, y }) => {
      const from = index(y) * size + index(x);
      const look = self[t]!.subarray(from * size * size, (from + 1) * size * size);
      return { label: `from ${index(x)}, ${index(y)}`, map: stretched([look])[0]! };
    }),
  }));
}
