/**
 * Made-up runs: all that figures read, with numbers from a formula, so that the numbers in a figure can be computed by
 * hand.
 */
import { type Config, resolveConfig } from "../../src/model/config.ts";
import type { RunRecord } from "../../src/records/read.ts";
import { readPaper } from "../../src/figures/paper.ts";
import { ablationRows } from "../../src/study/ablation_rows.ts";

const names = { fid: "fid[inception-nsfwjs].test", fsd: "fsd[r2plus1d-random.published].test" };

/** Settings of a made-up run. */
export interface MadeUp {
  number: number;
  set?: string[];
  seed?: number;
  preset?: Config["preset"];
  /** Values by metric name; none: the run is not evaluated. */
  measured?: Record<string, number>;
  data?: { name: string; digest: string };
  cpu?: string;
  /** Values of its kept checkpoints, by step and metric name. */
  curve?: Record<number, Record<string, number>>;
}

/** A finished run of 40 steps. */
export function runOf(
  { number, set = [], seed = 1, preset = "tiny", measured = {}, data, cpu = "Some CPU", curve = {} }: MadeUp,
): RunRecord {
  const config = resolveConfig(preset, [...set, `seed=${seed}`, "train.steps=40"]);
  const name = `${String(number).padStart(4, "0")}-made-up`;
  const time = new Date(Date.UTC(2026, 0, 1, 0, number)).toISOString();
  const entries = Object.entries(measured).map(([name, value]) => [name, {
    value,
    interval: { low: value * 0.9, high: value * 1.1, level: 0.95 },
    stories: 10,
    frames: 50,
  }]);
  return {
    name,
    folder: `runs/${name}`,
    kind: "gan",
    config,
    status: { kind: "gan", state: "finished", step: 40, steps: 40, pid: 1, host: "h", started: time, heartbeat: time },
    environment: { cpu, cores: 2, engine: { name: "xla", version: "1", threads: 2, devices: [] } },
    data: { name: "clipart", digest: "0123456789abcdef", stories: {}, frames: 5, vocabulary: 9, ...data },
    lines: [1, 20, 40].flatMap((step) => [
      { step, "loss.g": 9 - step / 10 + seed, "loss.d": 1 + seed / 10 },
      ...(step >= 20
        ? [{ step, "frechet[damsm-tower].val": 2000 - 20 * step + 10 * number, "cosine[damsm].val": 50 + step }]
        : []),
    ]),
    timing: [1, 20, 40].map((step) => ({ step, seconds_per_step: step === 1 ? 9 : 0.5 + number / 100 })),
    measurements: Object.fromEntries(entries),
    curve: Object.entries(curve).flatMap(([step, values]) =>
      Object.entries(values).map(([name, value]) => ({
        name,
        value,
        interval: { low: value - 1, high: value + 1, level: 0.95 },
        real: 90,
        ...(name.startsWith("object") ? { shuffled: 30 } : {}),
        stories: 10,
        frames: 50,
        checkpoint: { name: `step-${step}`, step: Number(step), state: `state ${step}` },
      }))
    ),
    digests: { 40: `state of ${name}` },
  } as unknown as RunRecord;
}

/** The rows that the paper has, too. */
export const paperRows = ablationRows.filter(({ label }) => label in readPaper().table2.rows);

/**
 * Table 2 with seeds 1 and 2: row i (the full model is 5) has FID 10 − i + seed, so that differences to the full model
 * are 5 − i for either seed; FSD is ten times that. The paper's order differs in two rows.
 */
export function ablationRuns(): RunRecord[] {
  return paperRows.flatMap(({ set }, i) =>
    [1, 2].map((seed) => {
      const fid = 10 - i + seed;
      return runOf({ number: 2 * i + seed, set, seed, measured: { [names.fid]: fid, [names.fsd]: 10 * fid } });
    })
  );
}

export const input = (runs: RunRecord[]) => ({ runs, paper: readPaper() });
