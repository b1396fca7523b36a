/** Selection weights w = σ(u) of every block that selects, by the captions' level of detail. */
import type { Story } from "../../data/store/stories.ts";
import { interval } from "../../metrics/bootstrap.ts";
import type { Block } from "../../model/contract.ts";
import { type Inspector, levelsOf } from "./attention_maps.ts";
import type { LevelStatistics, SelectorsFile } from "../../records/inspection.ts";

/** Evaluates the same stories once with the captions of each level. */
export async function inspectSelectors(
  { stories, blocks, inspector, seed }: {
    stories: Story[];
    blocks: Block[];
    inspector: Inspector | undefined;
    seed: number;
  },
): Promise<Omit<SelectorsFile, "of">> {
  const levels = levelsOf(stories);
  const choosing = blocks.filter(({ mode }) => mode === "both");
  const probed = choosing.flatMap(({ name, network, size }) =>
    (network === "generator" ? ["drawn"] as const : ["drawn", "real"] as const).map((pictures) => ({
      name: network === "generator" ? `${name}.u` : `${name}.${pictures}.u`,
      row: { block: name, network, size, pictures, levels: {} as Record<string, LevelStatistics> },
    }))
  );
  for (const level of inspector && probed.length > 0 ? levels.length > 0 ? levels : [undefined] : []) {
    const found = await inspector!.read(stories, level);
    for (const { name, row } of probed) {
      row.levels[level ?? "caption"] = levelStatistics(found[name]!.values, stories.length, seed);
    }
  }
  return {
    stories: stories.map(({ id }) => id),
    levels: levels.length > 0 ? levels : ["caption"],
    blocks: probed.map(({ row }) => row),
    fixed: blocks.flatMap(({ name, network, size, mode }) =>
      mode === "both" ? [] : [{ block: name, network, size, mode }]
    ),
  };
}

/** Statistics of σ(u), u [stories·T]. */
export function levelStatistics(u: Float32Array, stories: number, seed: number): LevelStatistics {
  const w = Float64Array.from(u, (value) => 1 / (1 + Math.exp(-value)));
  const n = w.length;
  const mean = w.reduce((a, b) => a + b, 0) / n;
  const variance = w.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, n - 1);
  const T = n / stories;
  const perStory = Array.from(
    { length: stories },
    (_, s) => w.subarray(s * T, (s + 1) * T).reduce((a, b) => a + b, 0) / T,
  );
  const { low, high } = interval(perStory, { seed });
  return {
    mean: rounded(mean),
    sd: rounded(Math.sqrt(variance)),
    n,
    chosen: rounded(u.reduce((count, value) => count + (value > 0 ? 1 : 0), 0) / n),
    ...(stories > 1 ? { interval: { low: rounded(low), high: rounded(high) } } : {}),
    perStory: perStory.map(rounded),
  };
}

/** Five decimals; more have no meaning for samples of this size. */
export function rounded(value: number): number {
  return Math.round(value * 1e5) / 1e5;
}
