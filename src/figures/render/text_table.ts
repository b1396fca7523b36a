/** Tables as text: Markdown for a page, LaTeX (booktabs) for a paper. All cells are text. */

/** A column of a table. */
export interface Column {
  title: string;
  /** `left` for words, `right` for numbers. */
  align: "left" | "right";
  /** Heading above this column and its neighbours of the same group. */
  group?: string;
}

/** A table with formatted cells; a cell without a number is empty. */
export interface PrintedTable {
  title: string;
  columns: Column[];
  rows: string[][];
  /** Notes for readers: protocols, data sets, number of runs, seeds. */
  notes: string[];
}

/** The table in Markdown, its columns padded to equal widths, with the notes as a list below. */
export function markdownTable({ title, columns, rows, notes }: PrintedTable): string {
  const cell = (text: string) => text.replaceAll("\\", "\\\\").replaceAll("|", "\\|");
  const heads = columns.map(({ title, group }) => cell(group ? `${group}: ${title}` : title));
  const cells = rows.map((row) => row.map(cell));
  const widths = heads.map((head, i) => Math.max(3, ...[head, ...cells.map((row) => row[i]!)].map(lengthOf)));
  const line = (texts: string[]) =>
    `| ${
      texts.map((text, i) => {
        const space = " ".repeat(widths[i]! - lengthOf(text));
        return columns[i]!.align === "right" ? space + text : text + space;
      }).join(" | ")
    } |`;
  const rule = widths.map((width, i) =>
    columns[i]!.align === "right" ? `${"-".repeat(width - 1)}:` : "-".repeat(width)
  );
  return [`# ${title}`, "", line(heads), line(rule), ...cells.map(line), "", ...notes.map((note) => `- ${note}`), ""]
    .join("\n");
}

const lengthOf = (text: string) => [...text].length;

const signs: Record<string, string> = {
  "\\": "\\textbackslash{}",
  "&": "\\&",
  "%": "\\%",
  $: "\\$",
  "#": "\\#",
  _: "\\_",
  "{": "\\{",
  "}": "\\}",
  "~": "\\textasciitilde{}",
  "^": "\\textasciicircum{}",
  "[": "{[}", // after the end of a line, LaTeX would take it for an option
  "]": "{]}",
  "<": "$<$",
  ">": "$>$",
  "|": "$|$",
  "±": "$\\pm$",
  "×": "$\\times$",
  "≈": "$\\approx$",
  "↓": "$\\downarrow$",
  "↑": "$\\uparrow$",
  "↕": "$\\updownarrow$",
  "−": "$-$",
  "τ": "$\\tau$",
  "ρ": "$\\rho$",
  "–": "--",
  "…": "\\dots{}",
};

/** Escapes a text for LaTeX; text in backticks becomes `\texttt`. */
export function escapeLatex(text: string): string {
  return [...text].map((sign) => signs[sign] ?? sign).join("").replace(/`([^`]*)`/g, "\\texttt{$1}");
}

/** The table in LaTeX, scaled to the width of the text; title and notes are the caption. */
export function latexTable({ title, columns, rows, notes }: PrintedTable): string {
  const line = (texts: string[]) => `    ${texts.map(escapeLatex).join(" & ")} \\\\`;
  const groups = groupsOf(columns);
  const grouped = groups.some(({ title }) => title !== "");
  return [
    "% \\usepackage{booktabs,graphicx}",
    "\\begin{table*}",
    "  \\centering",
    `  \\caption{${[title, ...notes].map((text) => escapeLatex(text.replace(/\.?$/, "."))).join(" ")}}`,
    "  \\resizebox{\\textwidth}{!}{%",
    `  \\begin{tabular}{${columns.map(({ align }) => align === "right" ? "r" : "l").join("")}}`,
    "    \\toprule",
    ...(grouped
      ? [
        `    ${
          groups.map(({ title, span }) => title ? `\\multicolumn{${span}}{c}{${escapeLatex(title)}}` : "").join(" & ")
        } \\\\`,
        `    ${
          groups.filter(({ title }) => title).map(({ start, span }) => `\\cmidrule(lr){${start + 1}-${start + span}}`)
            .join(" ")
        }`,
      ]
      : []),
    line(columns.map(({ title }) => title)),
    "    \\midrule",
    ...rows.map(line),
    "    \\bottomrule",
    "  \\end{tabular}}",
    "\\end{table*}",
    "",
  ].join("\n");
}

/** Neighbouring columns of the same group; a column without a group is a group of its own. */
export function groupsOf(columns: Column[]): { title: string; start: number; span: number }[] {
  const groups: { title: string; start: number; span: number }[] = [];
  columns.forEach(({ group = "" }, i) => {
    const last = groups.at(-1);
    if (last && group !== "" && last.title === group) last.span++;
    else groups.push({ title: group, start: i, span: 1 });
  });
  return groups;
}
