/** The kinds of runs, by the name in status.json. */
import type { Status } from "../../records/status.ts";
import { classifierRuns } from "./classifier.ts";
import { damsmRuns } from "./damsm.ts";
import { systemRuns } from "./system.ts";
import type { RunKind } from "./kind.ts";

export type { OpenRun, RunKind } from "./kind.ts";

const kinds: Record<Status["kind"], RunKind> = { gan: systemRuns, damsm: damsmRuns, classifier: classifierRuns };

export function kindOf(kind: Status["kind"]): RunKind {
  return kinds[kind];
}
