import { assertEquals, assertStringIncludes } from "@std/assert";
import { escapeLatex, groupsOf, latexTable, markdownTable } from "../../../src/figures/render/text_table.ts";

const table = {
  title: "A & B",
  columns: [
    { title: "row", align: "left" as const },
    { title: "x_1 ↓", align: "right" as const, group: "50 %" },
    { title: "x_2", align: "right" as const, group: "50 %" },
    { title: "n", align: "right" as const },
  ],
  rows: [["a|b", "1.50 ± 0.10", "[1]", "3"], ["c", "", "", ""]],
  notes: ["See `deno task figures`."],
};

Deno.test("escapeLatex() escapes every character that LaTeX would interpret", () => {
  assertEquals(
    escapeLatex("50 % of $x_1 & #2 {a}~^\\ [b] ± ↓"),
    "50 \\% of \\$x\\_1 \\& \\#2 \\{a\\}\\textasciitilde{}\\textasciicircum{}\\textbackslash{} {[}b{]} $\\pm$ $\\downarrow$",
  );
  assertEquals(escapeLatex("run `deno task x`"), "run \\texttt{deno task x}");
});

Deno.test("latexTable() has groups over their columns, and one cell for each column in every line", () => {
  const latex = latexTable(table);
  assertStringIncludes(latex, "\\caption{A \\& B. See \\texttt{deno task figures}.}");
  assertStringIncludes(latex, "\\begin{tabular}{lrrr}");
  assertStringIncludes(latex, " & \\multicolumn{2}{c}{50 \\%} &  \\\\");
  assertStringIncludes(latex, "\\cmidrule(lr){2-3}");
  assertStringIncludes(latex, "    a$|$b & 1.50 $\\pm$ 0.10 & {[}1{]} & 3 \\\\");
});

Deno.test("markdownTable() aligns its columns and escapes characters that would end a cell", () => {
  assertEquals(markdownTable(table).split("\n"), [
    "# A & B",
    "",
    "| row  | 50 %: x_1 ↓ | 50 %: x_2 |   n |",
    "| ---- | ----------: | --------: | --: |",
    "| a\\|b | 1.50 ± 0.10 |       [1] |   3 |",
    "| c    |             |           |     |",
    "",
    "- See `deno task figures`.",
    "",
  ]);
});

Deno.test("groupsOf() joins neighbouring columns of the same group only", () => {
  assertEquals(groupsOf(table.columns), [
    { title: "", start: 0, span: 1 },
    { title: "50 %", start: 1, span: 2 },
    { title: "", start: 3, span: 1 },
  ]);
});
