import { assertAlmostEquals, assertEquals, assertStringIncludes } from "@std/assert";
import { readPaper } from "../../../src/figures/paper.ts";
import { ablationOf, agreementOf, intervalNotes, notesOf, table2 } from "../../../src/figures/tables/table_2.ts";
import { ablationRuns, input, paperRows, runOf } from "../fixture.ts";

const paper = readPaper().table2;

Deno.test("Table 2 has differences to the full model, paired by seed", () => {
  const [{ columns }] = ablationOf(ablationRuns()) as [ReturnType<typeof ablationOf>[0]];
  assertEquals(columns.map(({ name }) => name), ["fid[inception-nsfwjs].test", "fsd[r2plus1d-random.published].test"]);
  for (const [i, { label }] of paperRows.slice(0, 5).entries()) {
    const difference = 5 - i; // for either seed, so without spread
    assertEquals(columns[0]!.toFull.get(label), {
      ...{ mean: difference, low: difference, high: difference, n: 2 },
      ...{ p: 0, holm: 0 },
    });
  }
  assertEquals(columns[0]!.toFull.get("ours"), undefined);
});

Deno.test("Table 2 compares the order of rows with the paper's, as computed by hand", () => {
  const [{ columns }] = ablationOf(ablationRuns()) as [ReturnType<typeof ablationOf>[0]];
  // The measured order is that of the table. The paper's FID puts "no DB in D" two places higher: Σd² = 6, two pairs.
  const found = agreementOf(columns[0]!, paper)!;
  assertAlmostEquals(found.spearman!, 1 - 6 * 6 / (6 * 35), 1e-12);
  assertAlmostEquals(found.kendall!, 1 - 2 * 2 / 15, 1e-12);
  assertEquals({ rows: found.rows, differences: found.differences }, {
    rows: 6,
    differences: { all: 5, agree: 5, clear: 5, against: 0 },
  });
});

Deno.test("Table 2 reports a measured order that disagrees", () => {
  const fid = "fid[inception-nsfwjs].test";
  const runs = paperRows.flatMap(({ set }, i) =>
    [1, 2].map((seed) => runOf({ number: 2 * i + seed, set, seed, measured: { [fid]: i + (i === 5 ? 0 : seed) } }))
  );
  const [one] = ablationOf(runs) as [ReturnType<typeof ablationOf>[0]];
  // By seed: −4 −3, −3 −2, −2 −1, −1 0 and 0 1. Two seeds that differ by 1 have an interval of ± 6.35.
  const { spearman, differences } = agreementOf(one.columns[0]!, paper)!;
  assertEquals([spearman! < -0.5, differences], [true, { all: 5, agree: 1, clear: 0, against: 0 }]);
  assertStringIncludes(notesOf(one, paper).join("\n"), "1 of 5 differences to the full model have the paper's sign");
  assertStringIncludes(
    intervalNotes([one]).join("\n"),
    "Student's t over the differences of the seeds, each for one comparison. Of 5, 0 are beside zero; with Holm's " +
      "correction for all of them 0 remain at 5 % (*), and the smallest p is 0.45.",
  );
});

Deno.test("Table 2 shows the paper's numbers and empty cells where nothing is measured", async () => {
  const { table, csv } = await table2.make(input([runOf({ number: 1 })]));
  assertEquals(table!.rows.at(-1), ["full model", "52.87", "55.20"]);
  assertStringIncludes(table!.notes.join("\n"), "deno task evaluate RUN");
  assertEquals(csv.trim().split("\n").length, 1 + 12);
});
