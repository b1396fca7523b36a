/** FID against the cost of training, in seconds, from the timing records of each run. */
import { from } from "arquero";
import { digestJson } from "../../base/files.ts";
import type { RunRecord } from "../../records/read.ts";
import { titled } from "./chart.ts";
import type { Figure } from "../figure.ts";
import { machineOf } from "../labels.ts";
import { cloudPanel, cloudsOf } from "./scatter.ts";

const size = { width: 420, height: 260 };

/**
 * The seconds of training: the mean of the fastest tenth of the logged seconds per step, times the steps. The fastest
 * tenth, since compiling, sampling and other programs on the machine are not part of a model's cost.
 *
 * @returns undefined for a run without timings.
 */
export function trainingSeconds({ timing, status }: RunRecord): number | undefined {
  const logged = timing.flatMap(({ seconds_per_step: seconds }) => seconds === undefined ? [] : [seconds])
    .sort((a, b) => a - b);
  const fastest = logged.slice(0, Math.max(1, Math.round(logged.length / 10)));
  if (fastest.length === 0) return undefined;
  return fastest.reduce((sum, seconds) => sum + seconds, 0) / fastest.length * status.steps;
}

/** A larger quotient of the times of equal runs means that other programs ran on the machine as well. */
const tolerated = 1.2;

/**
 * The largest quotient of the training seconds of two runs that differ only in their seed, which are the same work.
 *
 * @returns 1 where no two such runs were timed on the same machine.
 */
export function spreadOfCost(runs: RunRecord[]): number {
  const timed = runs.flatMap((run) => {
    const seconds = trainingSeconds(run);
    return seconds === undefined ? [] : [{ seconds, work: digestJson([machineOf(run), { ...run.config, seed: 0 }]) }];
  });
  return Math.max(
    1,
    ...Object.values(Object.groupBy(timed, ({ work }) => work)).map((list) => {
      const seconds = list!.map(({ seconds }) => seconds);
      return Math.max(...seconds) / Math.min(...seconds);
    }),
  );
}

export const fidCost: Figure = {
  name: "fid-cost",
  title: "FID against training cost",
  sources: "evaluated runs (deno task evaluate RUN)",
  make({ runs }) {
    const { clouds, notes, left } = cloudsOf(runs, "fid", trainingSeconds);
    const machines = new Map(runs.map((run) => [run.name, machineOf(run)]));
    const dotted = new Set(clouds.flatMap(({ dots }) => dots.map(({ run }) => run)));
    const spread = spreadOfCost(runs.filter(({ name }) => dotted.has(name)));
    const shown = [...new Set(clouds.flatMap(({ dots }) => dots.map(({ run }) => machines.get(run)!)))].sort();
    return Promise.resolve({
      left,
      csv: from(
        clouds.flatMap(({ dots }) =>
          dots.map(({ x, ...dot }) => ({ ...dot, "training, s": x, machine: machines.get(dot.run)! }))
        ),
      ).toCSV(),
      spec: {
        title: titled("FID against training cost; lower left is better", [
          ...notes,
          "Cost: the fastest tenth of the logged seconds a step, times the steps; pre-training is not in it.",
          `Timed on ${shown.join("; and on ")}.${
            shown.length > 1 ? " Seconds of different machines do not compare." : ""
          }`,
          ...(spread > tolerated
            ? [
              `Runs that differ by their seed alone are the same work, and yet up to ${
                spread.toFixed(1)
              } times apart: other work ran beside some. So this is no order of cost.`,
            ]
            : []),
          "Bars: 95 % bootstrap intervals by stories.",
        ], size.width + 160),
        columns: 2,
        concat: clouds.map((cloud) => cloudPanel(cloud, "training, s", size)),
      },
    });
  },
};
