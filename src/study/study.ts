/** What a study is. */
import type { PresetName } from "../base/config.ts";
import type { Row } from "./ablation_rows.ts";

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
  /** What of the results answers it. */
  read?: string;
  preset: PresetName;
  rows: Row[];
  seeds: number[];
  /** The row that others are compared with. Default: the last. */
  baseline?: string;
  sets?: StudySet[];
}
