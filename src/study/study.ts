/** The types of a study: what is varied, over which seeds, on which data sets. */
import type { PresetName } from "../base/config.ts";

/** A row of a study: one configuration, which is run once for each seed. */
export interface StudyRow {
  /** Key in results and in names of runs, e.g. `tau-0.5`. */
  label: string;
  /** For readers. */
  title: string;
  /** Overrides of the preset that make the row, e.g. `model.db.tau=0.5`. */
  set: string[];
}

/** A data set that a study needs and that the kit can make without a download. */
export interface StudySet {
  name: string;
  source: string;
  /** Options of `deno task prepare`. */
  options: Record<string, string>;
}

/** A grid of rows × seeds. */
export interface Study {
  name: string;
  title: string;
  /** The question that the study answers. */
  question: string;
  /** Which of the results answer it. */
  read?: string;
  preset: PresetName;
  rows: StudyRow[];
  seeds: number[];
  /** Label of the row that the others are compared with. Default: the last row. */
  baseline?: string;
  sets?: StudySet[];
}
