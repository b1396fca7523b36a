/** Tables as text: Markdown for a page, LaTeX (booktabs) for a paper. Numbers come in formatted. */

/** A column of a printed table. */
export interface Column {
  title: string;
  /** Where words stand left and numbers right. */
  align: "left" | "right";
  /** What stands above this and its neighbours of the same group, in LaTeX and in the picture. */
  group?: string;
}

/** A table ready to print; an empty cell says that there is no number. */
export interface Printed {
  title: string;
  columns: Column[];
  rows: string[][];
  /** What a reader has to know: protocols, data sets, n and seeds. */
  notes: string[];
}

/** The table in Markdown, padded so that it reads as text too, with its notes below. */
export function markdownTable({ title, columns, rows, notes }: Printed): string {
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
  "[": "{[}", // else the option of a line's end
  "]": "{]}",
  "<": "$<$",
  ">": "$>$",
  "|": "$|$",
  "±": "$\\pm$",
  "×": "$\\times$",
  "≈": "$\\approx$",
  "↓": "$\\downarrow$",
  "↑": "$\\uparrow$",
  "−": "$-$",
  "τ": "$\\tau$",
  "ρ": "$\\rho$",
  "–": "--",
  "…": "\\dots{}",
};

/** Text as LaTeX prints it, whatever signs it has. */
export function escapeLatex(text: string): string {
  return [...text].map((sign) => signs[sign] ?? sign).join("").replace(/`([^`]*)`/g, "\\texttt{$1}");
}

/** The table in LaTeX, as wide as the page's text; notes are its caption's further sentences. */
export function latexTable({ title, columns, rows, notes }: Printed): string {
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

/** Neighbouring columns of one group; a column without a group stands alone. */
export function groupsOf(columns: Column[]): { title: string; start: number; span: number }[] {
  const groups: { title: string; start: number; span: number }[] = [];
  columns.forEach(({ group = "" }, i) => {
    const last = groups.at(-1);
    if (last && group !== "" && last.title === group) last.span++;
    else groups.push({ title: group, start: i, span: 1 });
  });
  return groups;
}
