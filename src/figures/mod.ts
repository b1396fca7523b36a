/** Every figure and table of the kit, by name. A new one is one file of this room and one line here. */
import { distance } from "fastest-levenshtein";
import { fail } from "../base/errors.ts";
import type { Figure } from "./figure.ts";
import { ablation } from "./ablation.ts";
import { fidCost } from "./fid_cost.ts";
import { fidParameters } from "./fid_parameters.ts";
import { table1 } from "./table_1.ts";
import { table2 } from "./table_2.ts";
import { table3 } from "./table_3.ts";
import { trainingCurves } from "./training_curves.ts";

/** In the order in which they are listed and made. */
export const figures: Figure[] = [table1, table2, table3, ablation, trainingCurves, fidParameters, fidCost];

/** @throws UserError for a name that no figure has, with the nearest one. */
export function figureByName(name: string): Figure {
  const found = figures.find((figure) => figure.name === name);
  if (found) return found;
  const nearest = figures.reduce((a, b) => distance(name, b.name) < distance(name, a.name) ? b : a);
  fail(
    `There is no figure "${name}"; the nearest name is "${nearest.name}". deno task figures --list shows all.`,
  );
}
