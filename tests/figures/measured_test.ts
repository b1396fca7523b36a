import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { UserError } from "../../src/base/errors.ts";
import { MissingData } from "../../src/figures/figure.ts";
import { allBut, captionOf, groupRuns, measuredColumns, sharedNames } from "../../src/figures/measured.ts";
import type { RunRecord } from "../../src/records/read.ts";
import { ablationRowOf } from "../../src/figures/rows.ts";
import { runOf } from "./fixture.ts";

const fid = "fid[inception-nsfwjs].test";
const other = "fid[inception-2015-12-05].test";
const byBlocks = (runs: RunRecord[]) =>
  groupRuns(runs, ({ config }) => ablationRowOf(config), allBut(/^model\.db\.[gd]$/));
const names = (runs: { run: RunRecord }[]) => runs.map(({ run }) => run.name.slice(0, 4));

Deno.test("groupRuns() groups runs that differ only in what is compared and in their seed", () => {
  const runs = [
    runOf({ number: 1 }),
    runOf({ number: 2, seed: 2 }),
    runOf({ number: 3, set: ["model.db.g=sa", "model.db.d=sa"] }),
    runOf({ number: 4, set: ["model.db.tau=1"] }),
    runOf({ number: 5, set: ["device=cpu", "record.log=5"], seed: 3 }),
    runOf({ number: 6, set: ["model.db.g=sa"] }), // in no row
  ];
  const [group, ...rest] = byBlocks(runs);
  assertEquals(rest, []);
  assertEquals(names(group!.runs), ["0001", "0003", "0002", "0005"]);
  assertEquals(names(group!.left), ["0004"]);
  assertEquals(captionOf(group!), [
    "Measured: data set clipart 01234567, preset tiny, 40 steps of 6 stories; 4 runs (4 not measured), seeds 1, 2, 3.",
    "Left out, other settings: 0004-made-up.",
  ]);
});

Deno.test("groupRuns() shows every data set apart, the paper's first", () => {
  const sets = ["clipart", "abstract", "pororo", "blocks"];
  const set = (name: string) => ({ name, digest: `digest of ${name}` });
  const runs = sets.map((name, i) => runOf({ number: i + 1, data: set(name) }));
  assertEquals(byBlocks(runs).map(({ data }) => data.name), ["pororo", "abstract", "clipart", "blocks"]);
  assertEquals(byBlocks(runs.slice(3)).map(({ data }) => data.name), ["blocks"]);
  assertEquals(byBlocks(runs).map(({ data }) => data.title), ["Pororo-SV", "Abstract Scenes", "clipart", "blocks"]);
});

Deno.test("groupRuns() prefers the preset's own settings to others of as many rows", () => {
  const studied = [1, 2, 3].map((seed) =>
    runOf({ number: seed, seed, set: ["model.db.tau=1"], measured: { [fid]: 1 } })
  );
  const [group] = byBlocks([...studied, runOf({ number: 4 })]);
  assertEquals(names(group!.runs), ["0004"]);
  assertEquals(group!.left.length, 3);
});

Deno.test("groupRuns() counts a seed once: the newest measured run", () => {
  const runs = [1, 2, 3].map((number) => runOf({ number, measured: number < 3 ? { [fid]: number } : {} }));
  const [group] = byBlocks(runs);
  assertEquals(names(group!.runs), ["0002"]);
  assertEquals(group!.left.map(({ run, reason }) => [run.name.slice(0, 4), reason]), [
    ["0001", "another run of the same row and seed is shown"],
    ["0003", "another run of the same row and seed is shown"],
  ]);
});

Deno.test("groupRuns() gives the command to run where there is no finished run of a model", () => {
  const running = { ...runOf({ number: 1 }), status: { ...runOf({ number: 1 }).status, state: "running" as const } };
  for (const runs of [[], [running], [{ ...runOf({ number: 1 }), kind: "damsm" as const }]]) {
    const error = assertThrows(() => byBlocks(runs), MissingData);
    assertStringIncludes(error.message, "deno task train");
  }
});

Deno.test("sharedNames() returns names that all measured runs have; runs that are not measured do not count", () => {
  const runs = [
    runOf({ number: 1, measured: { [fid]: 1, [other]: 2, "fid[inception-nsfwjs].val": 3 } }),
    runOf({ number: 2, measured: { [fid]: 4, "fid[inception-nsfwjs, first 5].test": 9 } }),
    runOf({ number: 3 }),
  ];
  assertEquals(sharedNames(runs, ["fid", "fsd"]), { names: [fid], notes: [] });
});

Deno.test("sharedNames() refuses runs of mixed protocols, and leaves out such a metric where another one can be shown", () => {
  const mixed = [runOf({ number: 1, measured: { [fid]: 1 } }), runOf({ number: 2, measured: { [other]: 2 } })];
  const error = assertThrows(() => sharedNames(mixed, ["fid"]), UserError);
  assert(!(error instanceof MissingData));
  for (const text of [fid, other, "cannot share a column"]) assertStringIncludes(error.message, text);

  const cosine = ["a", "b"].map((encoder, i) =>
    runOf({ number: i, measured: { [fid]: i, [`cosine[damsm:${encoder}].test`]: 5 } })
  );
  const { names, notes } = sharedNames(cosine, ["fid", "cosine"]);
  assertEquals(names, [fid]);
  assertEquals(notes, [
    "cosine is left out, for the runs were measured by different protocols: cosine[damsm:a].test, cosine[damsm:b].test.",
  ]);
});

Deno.test("measuredColumns() aggregates the seeds of each row", () => {
  const runs = [1, 2, 3].map((seed) => ({
    row: "ours",
    run: runOf({ number: seed, seed, measured: { [fid]: seed } }),
  }));
  const { columns: [column] } = measuredColumns(runs, ["fid"]);
  assertEquals(column!.name, fid);
  const { n, seeds, mean, sd } = column!.rows.get("ours")!;
  assertEquals({ n, seeds, mean, sd }, { n: 3, seeds: [1, 2, 3], mean: 2, sd: 1 });
});
