/** Every study that is ready to run: which settings are varied, over which seeds, and what that is to tell. */
import { distance } from "fastest-levenshtein";
import { fail } from "../base/errors.ts";
import { furtherStudies } from "./further.ts";
import { ablationRows } from "./ablation_rows.ts";
import type { Study, StudySet } from "./study.ts";

export type { Study, StudySet };

const list: Study[] = [
  {
    name: "ablation",
    title: "Dynamic blocks (Table 2)",
    question: "Do both attentions, and dynamic blocks in both networks, draw better stories than less of them?",
    preset: "tiny",
    rows: ablationRows,
    seeds: [1, 2, 3],
    baseline: "ours",
  },
  ...furtherStudies,
];

/** By name. */
export const studies: Record<string, Study> = Object.fromEntries(list.map((study) => [study.name, study]));

/** @throws UserError for an unknown name, with the nearest. */
export function findStudy(name: string): Study {
  const found = studies[name];
  if (found) return found;
  const nearest = Object.keys(studies).reduce((a, b) => distance(name, b) < distance(name, a) ? b : a);
  fail(`There is no study "${name}"; the nearest is "${nearest}". They are ${Object.keys(studies).join(", ")}.`);
}

/** The set of stories that a study makes under this name, and how; undefined when none does. */
export const findStudySet = (name: string): StudySet | undefined =>
  list.flatMap(({ sets = [] }) => sets).find((set) => set.name === name);
