/** Checks existing figures against the records: their text files are made again and compared. */
import { exists } from "../base/files.ts";
import { fail, UserError } from "../base/errors.ts";
import { type Check, failMissing, startChecks } from "../reproduction/verify/checks.ts";
import type { Figure, FigureInput } from "./figure.ts";
import { textFilesOf } from "./make.ts";

/**
 * Checks the figures in a folder; figures without files there are skipped.
 *
 * CSV, tables and specifications, which contain every number, are compared; SVG and PNG only have to exist.
 *
 * @param inputs The inputs that the figures may have been made from, by name; the first that gives the same files is
 * named in the result.
 */
export async function verifyFigures(
  folder: string,
  figures: Figure[],
  inputs: Record<string, FigureInput>,
): Promise<Check[]> {
  const { results, check } = startChecks();
  for (const { name, make } of figures) {
    if (!exists(`${folder}/${name}.csv`)) continue;
    await check(
      `${name}.csv and other text files`,
      "agrees with the records",
      async () => {
        for (const ending of ["svg", "png"]) {
          if (!exists(`${folder}/${name}.${ending}`)) failMissing(`no ${name}.${ending}`);
        }
        const differences: string[] = [];
        for (const [from, input] of Object.entries(inputs)) {
          const other = await differing(folder, name, () => make(input));
          if (other === undefined) return from;
          differences.push(`${other} (${from})`);
        }
        return fail(`${differences.join("; ")}: run deno task figures ${name}`);
      },
      (from) => `drawn from ${from}`,
    );
  }
  return results;
}

/** The first difference between the files in the folder and the files made now; undefined where there is none. */
async function differing(folder: string, name: string, make: () => ReturnType<Figure["make"]>) {
  let files: Record<string, string>;
  try {
    files = textFilesOf(name, await make());
  } catch (error) {
    if (error instanceof UserError) return `it cannot be made: ${error.message}`;
    throw error;
  }
  for (const [file, text] of Object.entries(files)) {
    if (!exists(`${folder}/${file}`)) return `${file} is missing`;
    const found = Deno.readTextFileSync(`${folder}/${file}`).split("\n");
    const line = text.split("\n").findIndex((line, i) => line !== found[i]);
    if (line >= 0 || found.length !== text.split("\n").length) {
      return `${file} differs in line ${line < 0 ? found.length : line + 1}`;
    }
  }
  return undefined;
}
