/** The registry of studies: every study that `deno task study NAME` runs. */
import { distance } from "fastest-levenshtein";
import { fail } from "../base/errors.ts";
import { furtherStudies } from "./further.ts";
import { recipe } from "./recipe.ts";
import { ablationRows, fullModel } from "./ablation_rows.ts";
import type { Study, StudySet } from "./study.ts";

export type { Study, StudySet };

const list: Study[] = [
  {
    name: "ablation",
    title: "Dynamic blocks (Table 2)",
    question: "Do both attentions, and dynamic blocks in both networks, give better stories than fewer of them?",
    preset: "tiny",
    rows: ablationRows,
    seeds: [1, 2, 3],
    baseline: fullModel,
  },
  recipe,
  ...furtherStudies,
];

/** All studies by name. */
export const studies: Record<string, Study> = Object.fromEntries(list.map((study) => [study.name, study]));

/** The study of a name. @throws UserError for an unknown name; the message gives the nearest one. */
export function findStudy(name: string): Study {
  const found = studies[name];
  if (found) return found;
  const nearest = Object.keys(studies).reduce((a, b) => distance(name, b) < distance(name, a) ? b : a);
  fail(
    `There is no study "${name}"; the nearest is "${nearest}". The studies are ${Object.keys(studies).join(", ")}.`,
  );
}

/** The data set that some study makes under this name; undefined where none does. */
export const findStudySet = (name: string): StudySet | undefined =>
  list.flatMap(({ sets = [] }) => sets).find((set) => set.name === name);
