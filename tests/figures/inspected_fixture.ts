/** Made-up inspected runs: frames of one grey value, and numbers from a formula. */
import { type Config, resolveConfig } from "../../src/model/config.ts";
import type { OursConfig } from "../../src/model/systems/ours/settings.ts";
import type { RunRecord } from "../../src/records/read.ts";
import { type LevelStatistics, type Origin, writeInspection } from "../../src/records/inspection.ts";
import { encodeStrip } from "../../src/evaluation/inspect/strips.ts";
import { runOf } from "./fixture.ts";
import { ablationRows } from "../../src/study/ablation_rows.ts";

const [frames, size] = [2, 64];
const levels = ["statement", "relation", "detail"];

/** Writes an inspected run of a row of Table 2 below `root`; `set` overrides the row's settings. */
export async function inspectedRun(
  root: string,
  { number, row, seed = 1, set = [] }: { number: number; row: string; seed?: number; set?: string[] },
): Promise<RunRecord> {
  const settings = ablationRows.find(({ label }) => label === row)!.set;
  const config = resolveConfig("tiny", [...settings, ...set, `seed=${seed}`]) as Config & OursConfig;
  const name = `000${number}-made-up`;
  const folder = `${root}/${name}`;
  Deno.mkdirSync(folder, { recursive: true });
  const of: Origin = {
    checkpoint: { name: "best", step: 40, state: `${number}`.repeat(64) },
    data: { name: config.data.name, digest: "d".repeat(64) },
    split: "test",
    seed: 1,
    engine: { name: "xla", version: "1", threads: 2, precision: "float32" },
    commit: null,
    code: "c".repeat(64),
  };
  const ids = ["test-00007", "test-00003"];
  const captions = ["Mike waves.", "A dog & a cat <sit> there."];
  const strip = (grey: number) => encodeStrip(new Uint8Array(frames * size * size * 3).fill(grey), frames, size);
  const strips = new Map<string, Uint8Array>();
  for (const id of ids) {
    strips.set(`${id}.real.png`, await strip(200));
    strips.set(`${id}.drawn.png`, await strip(20 * number));
  }
  const level = (l: number): LevelStatistics => {
    const perStory = [0.5 + (number + l) / 100, 0.5 + (number + 2 * l) / 100];
    const mean = (perStory[0]! + perStory[1]!) / 2;
    return { mean, sd: 0.1, n: 4, chosen: 0.75, interval: { low: perStory[0]!, high: perStory[1]! }, perStory };
  };
  const { db: { g } } = (config as Config & OursConfig).model;
  const choosing = g === "both";
  writeInspection(folder, {
    stories: { of, frames, size, stories: ids.map((id) => ({ id, captions })) },
    selectors: {
      of,
      stories: ids,
      levels,
      blocks: choosing
        ? [{
          block: "g16",
          network: "generator",
          size: 16,
          pictures: "drawn",
          levels: Object.fromEntries(levels.map((name, l) => [name, level(l)])),
        }]
        : [],
      fixed: [],
    },
    attention: {
      of,
      looks: choosing || g === "wsa"
        ? [{
          block: "g2",
          size: 2,
          story: ids[0]!,
          frame: 0,
          caption: captions[0]!,
          ...(choosing ? { probability: 0.25 } : {}),
          words: ["mike", "waves"],
          low: 0.2,
          high: 0.8,
          maps: ["AAAA/w==", "////AA=="], // 0, 0, 0, 255 and the reverse
        }]
        : [],
    },
    failures: {
      of,
      score: { metric: "object-f1", by: "classifier:1a2b3c4d", digest: "e".repeat(64), unit: "%" },
      judged: 9,
      mean: 40,
      failures: [{
        id: ids[1]!,
        captions,
        score: 10 + number,
        real: 90,
        missing: { ball: 1, dog: 2 },
        extra: {},
      }],
    },
  }, strips);
  return { ...runOf({ number, set: [...settings, ...set], seed }), name, folder };
}
