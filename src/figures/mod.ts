/** The registry of all figures and tables. A new one is one file in a folder of this room and one line here. */
import { distance } from "fastest-levenshtein";
import { fail } from "../base/errors.ts";
import type { Figure } from "./figure.ts";
import { ablation } from "./charts/ablation.ts";
import { failures } from "./pictures/failures.ts";
import { fidCost } from "./charts/fid_cost.ts";
import { fidParameters } from "./charts/fid_parameters.ts";
import { figure1 } from "./architecture/figure_1.ts";
import { figure2 } from "./pictures/figure_2.ts";
import { figure3 } from "./pictures/figure_3.ts";
import { leaderboard } from "./tables/leaderboard.ts";
import { learningCurve } from "./charts/learning_curve.ts";
import { selectors } from "./charts/selectors.ts";
import { table1 } from "./tables/table_1.ts";
import { table2 } from "./tables/table_2.ts";
import { table3 } from "./tables/table_3.ts";
import { trainingCurves } from "./charts/training_curves.ts";
import { wordAttention } from "./pictures/word_attention.ts";

/** All figures in the order of listing: the paper's tables and figures, then those of this kit. */
export const figures: Figure[] = [
  table1,
  table2,
  table3,
  figure1,
  figure2,
  figure3,
  ablation,
  trainingCurves,
  learningCurve,
  leaderboard,
  fidParameters,
  fidCost,
  selectors,
  wordAttention,
  failures,
];

/**
 * The figure of a name.
 *
 * @example
 * ```ts
 * import { assertStringIncludes } from "@std/assert";
 * import { figureByName } from "./mod.ts";
 * import { readPaper } from "./paper.ts";
 *
 * const { csv } = await figureByName("table-3").make({ runs: [], paper: readPaper() });
 * assertStringIncludes(csv, "visual-quality");
 * ```
 *
 * @throws UserError for a name that no figure has; the message gives the nearest one.
 */
export function figureByName(name: string): Figure {
  const found = figures.find((figure) => figure.name === name);
  if (found) return found;
  const nearest = figures.reduce((a, b) => distance(name, b.name) < distance(name, a.name) ? b : a);
  fail(
    `There is no figure "${name}"; the nearest name is "${nearest.name}". deno task figures --list shows all names.`,
  );
}
