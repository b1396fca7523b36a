/** Whether figures that were drawn say what the records say: their texts are made again and compared. */
import { fail, UserError } from "../base/errors.ts";
import { exists } from "../records/checkpoints.ts";
import { type Check, failMissing, startChecks } from "../reproduction/verify/checks.ts";
import type { Figure, FigureInput } from "./figure.ts";
import { textFilesOf } from "./make.ts";

/**
 * Checks a folder of figures; those that are not there are passed over.
 *
 * CSV, tables and specifications are compared, which hold every number; of SVG and PNG only that they are there.
 *
 * @param inputs what the figures may have been drawn from, with a name each: the first that gives the same is told
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
      `${name}.csv and its like`,
      "what the records say",
      async () => {
        for (const ending of ["svg", "png"]) {
          if (!exists(`${folder}/${name}.${ending}`)) failMissing(`no ${name}.${ending}`);
        }
        const trouble: string[] = [];
        for (const [from, input] of Object.entries(inputs)) {
          const other = await differing(folder, name, () => make(input));
          if (other === undefined) return from;
          trouble.push(`${other} (${from})`);
        }
        return fail(`${trouble.join("; ")}: deno task figures ${name}`);
      },
      (from) => `drawn from ${from}`,
    );
  }
  return results;
}

/** What is not as it is made now; undefined where all is. */
async function differing(folder: string, name: string, make: () => ReturnType<Figure["make"]>) {
  let files: Record<string, string>;
  try {
    files = textFilesOf(name, await make());
  } catch (error) {
    if (error instanceof UserError) return `the records do not give it: ${error.message}`;
    throw error;
  }
  for (const [file, text] of Object.entries(files)) {
    if (!exists(`${folder}/${file}`)) return `${file} is not there`;
    const found = Deno.readTextFileSync(`${folder}/${file}`).split("\n");
    const line = text.split("\n").findIndex((line, i) => line !== found[i]);
    if (line >= 0 || found.length !== text.split("\n").length) {
      return `${file} differs in line ${line < 0 ? found.length : line + 1}`;
    }
  }
  return undefined;
}
