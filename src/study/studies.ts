/** Every study that is ready to run: which settings are varied, over which seeds, and what that is to tell. */
import { distance } from "fastest-levenshtein";
import { presets } from "../base/config.ts";
import { fail } from "../base/errors.ts";
import { ablationRows, type Row } from "./rows.ts";

/** A data set that a study needs and the kit makes by itself. */
export interface StudySet {
  name: string;
  source: string;
  /** Options of `deno task prepare`. */
  options: Record<string, string>;
}

/** A grid of settings × seeds. */
export interface Study {
  name: string;
  title: string;
  /** What it is to tell. */
  question: string;
  preset: keyof typeof presets;
  rows: Row[];
  seeds: number[];
  /** The row that others are compared with. Default: the last. */
  baseline?: string;
  sets?: StudySet[];
}

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
