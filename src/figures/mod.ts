/** Every figure and table of the kit, by name. A new one is one file of this room and one line here. */
import { distance } from "fastest-levenshtein";
import { fail } from "../base/errors.ts";
import type { Figure } from "./figure.ts";
import { ablation } from "./charts/ablation.ts";
import { failures } from "./charts/failures.ts";
import { fidCost } from "./charts/fid_cost.ts";
import { fidParameters } from "./charts/fid_parameters.ts";
import { figure1 } from "./architecture/figure_1.ts";
import { figure2 } from "./charts/figure_2.ts";
import { figure3 } from "./charts/figure_3.ts";
import { selectors } from "./charts/selectors.ts";
import { table1 } from "./tables/table_1.ts";
import { table2 } from "./tables/table_2.ts";
import { table3 } from "./tables/table_3.ts";
import { trainingCurves } from "./charts/training_curves.ts";
import { wordAttention } from "./charts/word_attention.ts";

/** In the order in which they are listed and made: the paper's tables and figures, then those beside it. */
export const figures: Figure[] = [
  table1,
  table2,
  table3,
  figure1,
  figure2,
  figure3,
  ablation,
  trainingCurves,
  fidParameters,
  fidCost,
  selectors,
  wordAttention,
  failures,
];

/** @throws UserError for a name that no figure has, with the nearest one. */
export function figureByName(name: string): Figure {
  const found = figures.find((figure) => figure.name === name);
  if (found) return found;
  const nearest = figures.reduce((a, b) => distance(name, b.name) < distance(name, a.name) ? b : a);
  fail(
    `There is no figure "${name}"; the nearest name is "${nearest.name}". deno task figures --list shows all.`,
  );
}
