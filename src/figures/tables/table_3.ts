/** Table 3: the human evaluation. The paper's votes; the columns for a survey of this kit are still empty. */
import { from } from "arquero";
import type { Figure } from "../figure.ts";
import { paperValue } from "../paper.ts";
import type { PrintedTable } from "../render/text_table.ts";
import { systemTitle } from "../rows.ts";

const titles: Record<string, string> = {
  "visual-quality": "visual quality",
  alignment: "semantic alignment",
  consistency: "consistency",
};

export const table3: Figure = {
  name: "table-3",
  title: "Human evaluation",
  sources: "the paper's votes (data/paper)",
  make({ paper: { table3: paper } }) {
    const rows = Object.keys(paper.rows).flatMap((criterion) =>
      paper.columns.map((system) => ({
        criterion,
        system,
        "paper, % of votes": paperValue(paper, criterion, system),
        "survey, % of votes": null,
        "survey, n": null,
      }))
    );
    const table: PrintedTable = {
      title: "Table 3: human evaluation, % of votes ↑",
      columns: [
        { title: "criterion", align: "left" },
        ...paper.columns.map((system) => ({ title: systemTitle(system), align: "right" as const, group: "paper" })),
        ...paper.columns.map((system) => ({
          title: systemTitle(system),
          align: "right" as const,
          group: "survey of this kit",
        })),
      ],
      rows: Object.entries(paper.rows).map(([criterion, votes]) => [
        titles[criterion] ?? criterion,
        ...votes.map((value) => value === null ? "" : value.toFixed(2)),
        ...votes.map(() => ""),
      ]),
      notes: [`Paper: ${paper.unit}.`, "No survey of this kit has been held yet; its columns are empty."],
    };
    return Promise.resolve({
      csv: from(rows).toCSV(),
      table,
    });
  },
};
