/**
 * The selection weight w = σ(u) of every dynamic block with a selector, by the captions' level of detail: does the
 * selector prefer word attention for detailed captions, and self-attention for short ones? The paper has no such figure.
 */
import { from } from "arquero";
import type { TopLevelSpec } from "vega-lite";
import { counted } from "../../base/text.ts";
import { interval as bootstrap } from "../../metrics/bootstrap.ts";
import { fullModel } from "../../study/ablation_rows.ts";
import { type Figure, missing } from "../figure.ts";
import { describeGroup, fullModels, inspectedGroups, leftOfInspected } from "../inspected.ts";

export const selectors: Figure = {
  name: "selectors",
  title: "Selection weight w of each dynamic block by the captions' level of detail",
  sources: "inspected runs of the full model (deno task inspect)",
  make(input) {
    const groups = inspectedGroups(input);
    const { group, members } = fullModels(groups);
    const rows = groups.flatMap((group) =>
      group.members.flatMap(({ run, row, seed, inspection: { selectors } }) =>
        selectors.blocks.flatMap(({ block, network, size, pictures, levels }) =>
          Object.entries(levels).map(([level, { mean, sd, n, chosen, interval, perStory }]) => ({
            data: group.data,
            system: row,
            run: run.name,
            seed,
            block,
            network,
            size,
            pictures,
            level,
            w: mean,
            sd,
            low: interval?.low ?? null,
            high: interval?.high ?? null,
            "frames that take SA, %": Math.round(1e4 * chosen) / 100,
            ...fromBarest(perStory, levels[selectors.levels[0]!]!.perStory),
            frames: n,
            stories: selectors.stories.length,
          }))
        )
      )
    );
    const names = new Set(members.map(({ run }) => run.name));
    const shown = rows.filter(({ run, system }) => system === fullModel && names.has(run));
    if (shown.length === 0) {
      missing("no inspected run has a block with a selector: run `deno task inspect RUN` on a run of the full model.");
    }
    const { levels, stories } = members[0]!.inspection.selectors;
    const frames = shown[0]!.frames;
    const notes = [
      `Points: means over ${counted(frames, "frame")} of ${
        counted(stories.length, "test story", "test stories")
      }, the same for each level; bars: 95 % of`,
      "resamples of the stories. w = σ(u), best checkpoint on val, inference mode. Below the line",
      "inference looks at words, above it at the picture itself. Lower row: differences story by story.",
      `${describeGroup(group, members)}.`,
    ];
    const left = leftOfInspected(input.runs, groups, members);
    return Promise.resolve({ csv: from(rows).toCSV(), spec: chart(shown, levels, notes), left });
  },
};

/** The mean difference of w to that of the shortest captions, paired by story, with its 95 % interval. */
function fromBarest(perStory: number[], barest: number[]): Record<string, number | null> {
  const differences = perStory.map((value, story) => value - barest[story]!);
  const mean = differences.reduce((a, b) => a + b, 0) / differences.length;
  const bare = perStory === barest || differences.length < 2; // one story has no interval
  const { low, high } = bare ? { low: null, high: null } : bootstrap(differences, { seed: 1 });
  const digits = (value: number | null) => value === null ? null : Math.round(value * 1e5) / 1e5;
  return { "from barest": digits(mean), "from barest, low": digits(low), "from barest, high": digits(high) };
}

/** Upper row: w. Lower row: differences to the shortest captions. One panel for each block and kind of pictures. */
function chart(rows: Record<string, unknown>[], levels: string[], subtitle: string[]): TopLevelSpec {
  const values = rows.map((row) => ({
    ...row,
    panel: `${row.network} ${row.size}×${row.size}, ${row.pictures} frames`,
    seed: `${row.seed}`,
  }));
  const panels = [...new Set(values.map(({ panel }) => panel))];
  const seeds = [...new Set(values.map(({ seed }) => seed))];
  const row = (field: string, [low, high]: [string, string], title: string, line: number, shown: string[]) => {
    const x = { field: "level", type: "ordinal", sort: shown, title: "captions tell", axis: { labelAngle: 0 } };
    const xOffset = { field: "seed", type: "ordinal", sort: seeds };
    const seed = { field: "seed", type: "nominal", sort: seeds, title: "seed" };
    const y = { type: "quantitative", scale: { zero: false, padding: 12 }, title };
    const bar = { x, xOffset, color: seed };
    return {
      transform: [{ filter: { field: "level", oneOf: shown } }],
      facet: { column: { field: "panel", type: "nominal", sort: panels, title: null } },
      spec: {
        width: 200,
        height: 170,
        layer: [
          { mark: { type: "rule", strokeDash: [4, 3] }, encoding: { y: { datum: line, type: "quantitative" } } },
          { mark: { type: "rule" }, encoding: { ...bar, y: { field: low, ...y }, y2: { field: high } } },
          ...[low, high].map((field) => (
            { mark: { type: "tick", width: 8, height: 1, thickness: 1 }, encoding: { ...bar, y: { field, ...y } } }
          )),
          {
            mark: { type: "point", filled: true, size: 26, opacity: 1 },
            encoding: { ...bar, y: { field, ...y }, shape: seed },
          },
        ],
      },
    };
  };
  const barest = levels[0]!;
  return {
    title: { text: "What dynamic blocks choose, by the captions' level of detail", subtitle },
    data: { values },
    vconcat: [
      row("w", ["low", "high"], "w", 0.5, levels),
      ...(levels.length > 1
        ? [
          row(
            "from barest",
            ["from barest, low", "from barest, high"],
            `w less that of ${barest}`,
            0,
            levels.slice(1),
          ),
        ]
        : []),
    ],
  } as TopLevelSpec;
}
