import { assertEquals, assertStringIncludes } from "@std/assert";
import { resultTables } from "../../../src/cli/studies/study_tables.ts";
import type { RunRecord } from "../../../src/records/read.ts";
import type { Job } from "../../../src/study/plan.ts";
import { studyResults } from "../../../src/study/results.ts";
import type { Study } from "../../../src/study/study.ts";

const rows = ["none", "full"].map((label) => ({ label, title: label, set: [] }));
const study: Study = { name: "s", title: "S", question: "", preset: "tiny", rows, seeds: [1, 2, 3], baseline: "full" };

/** Finished jobs with the FID of each row and seed. */
function jobs(fid: Record<string, number[]>): Job[] {
  return rows.flatMap((row) =>
    fid[row.label]!.map((value, i) => {
      const name = `${row.label}-${i + 1}`;
      const environment = { commit: null, engine: { threads: 2 } };
      const run = { name, environment, measurements: { "fid[x].test": { value } } } as unknown as RunRecord;
      return { name, row, seed: i + 1, state: "finished", run } as unknown as Job;
    })
  );
}

Deno.test("resultTables() has Student's t by seed, the adjusted p value, and says what they are", () => {
  const text = resultTables(study, studyResults(study, jobs({ none: [5, 7, 9], full: [4, 5, 6] })));
  // Differences 1, 2, 3: 2 ± 4.303/√3, t = √12.
  assertStringIncludes(text, "2.000 (-0.4841 to 4.484)");
  assertStringIncludes(text, "0.074");
  assertStringIncludes(
    text,
    "95 %: Student's t over the differences by seed, for one comparison; p: the same test, adjusted for the one " +
      "comparison of the table (Holm).",
  );
});

Deno.test("resultTables() has no interval, and no word of one, where rows share one seed", () => {
  const text = resultTables(study, studyResults(study, jobs({ none: [5], full: [4] })));
  assertStringIncludes(text, "1.000");
  assertEquals(/\bto\b|Student/.test(text), false);
});
