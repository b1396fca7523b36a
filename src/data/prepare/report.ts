/** What a person wants to know about a set that was made. */
import type { Manifest } from "../manifest.ts";

export interface ReportFacts {
  manifest: Manifest;
  lengths: number[];
  warnings: string[];
  findings: string[];
  dropped: string[];
  lost: number;
}
export async function writeReport(_folder: string, _facts: ReportFacts): Promise<void> {
}
