/**
 * The files that an evaluation writes into a run folder: `metrics.json` with the newest number of every metric name,
 * `metric-fid.jsonl` and similar files, which get one more line per number, and `curve.jsonl` with the numbers of the
 * checkpoints that `record.keep` kept, by name and step.
 *
 * They hold numbers, digests and settings alone, so the same evaluation writes the same bytes. Time and duration are in
 * log.txt.
 */
import { fail } from "../base/errors.ts";
import { exists, readJson, readJsonLines, writeAtomic } from "../base/files.ts";
import type { EngineInfo } from "../engine/mod.ts";
import { parseName } from "../metrics/names.ts";
import type { CheckpointName } from "./checkpoints.ts";
import { describeEnvironment } from "./environment.ts";
import type { Measurement } from "./measurement.ts";

/** What all numbers of one evaluation depend on. */
export interface Provenance {
  /**
   * The checkpoint that generated the stories: name, step, digest of its state, and the validation score it was
   * selected by.
   */
  checkpoint?: {
    name: CheckpointName;
    step: number;
    state: string;
    chosenBy?: { metric: string; split: "val"; value: number };
  };
  /** The data set and the digest of its manifest. */
  data?: { name: string; digest: string };
  /**
   * The two compared folders and the digest of their stories, where no run was evaluated; `drawn` is the generated one.
   */
  folders?: Record<"real" | "drawn", { path: string; stories: number; digest: string }>;
  /** Digests of all networks by name: weights (or seed) and mode. */
  networks: Record<string, string>;
  seed: number;
  bootstrap: number;
  engine: { name: string; version: string; threads: number; precision: string };
  commit: string | null;
  /** SHA-256 of the sources. */
  code: string;
}

/** An entry of metrics.json. */
export type Entry = Omit<Measurement, "name"> & Provenance;

/** Engine and code of this process, in the form of a record. */
export function engineAndCode(info: EngineInfo): Pick<Provenance, "engine" | "commit" | "code"> {
  const { environment: { commit, code } } = describeEnvironment(info);
  const { name, version, threads, precision = "float32" } = info;
  return { engine: { name, version, threads, precision }, commit, code };
}

/** The entries of metrics.json by metric name; each keeps only the networks that its name contains. */
export function entriesOf(measurements: Measurement[], provenance: Provenance): Record<string, Entry> {
  return Object.fromEntries(measurements.map(({ name, ...numbers }) => {
    const { protocol } = parseName(name);
    const networks = Object.fromEntries(
      Object.entries(provenance.networks).filter(([network]) => protocol.includes(network)),
    );
    return [name, { ...numbers, ...provenance, networks }];
  }));
}

/** Reads metrics.json of a run; {} where there is none yet. @throws UserError when it is damaged. */
export function readMeasurements(folder: string): Record<string, Entry> {
  const path = `${folder}/metrics.json`;
  if (!exists(path)) return {};
  const entries = readJson<Record<string, Entry>>(path);
  if (entries === null || typeof entries !== "object" || Array.isArray(entries)) {
    fail(`"${path}" holds no metrics by name; remove it and evaluate the run again (deno task evaluate).`);
  }
  return entries;
}

/**
 * Writes the entries of an evaluation into the run folder: merges them into metrics.json, and appends a line for each.
 */
export function writeMeasurements(folder: string, entries: Record<string, Entry>): void {
  const all = Object.entries({ ...readMeasurements(folder), ...entries }).sort(([a], [b]) => a < b ? -1 : 1);
  for (const [name, entry] of Object.entries(entries)) {
    const path = `${folder}/metric-${parseName(name).metric}.jsonl`;
    const before = exists(path) ? Deno.readTextFileSync(path) : "";
    writeAtomic(path, `${before}${JSON.stringify({ name, ...entry })}\n`);
  }
  writeAtomic(`${folder}/metrics.json`, JSON.stringify(Object.fromEntries(all), null, 2) + "\n");
}

/** A line of curve.jsonl. */
export type CurvePoint = Entry & Required<Pick<Entry, "checkpoint">> & { name: string };

/** Reads curve.jsonl, the numbers of the kept checkpoints of a run; [] where there is none. @throws UserError if damaged. */
export function readCurve(folder: string): CurvePoint[] {
  return readJsonLines<CurvePoint>(`${folder}/curve.jsonl`, "Remove the file and evaluate again.");
}

/** Writes the numbers of a kept checkpoint into curve.jsonl, in place of older ones of the same name and step. */
export function writeCurve(folder: string, entries: Record<string, Entry>): void {
  const added = Object.entries(entries).map(([name, entry]) => ({ name, ...entry }) as CurvePoint);
  const key = ({ name, checkpoint }: CurvePoint) => `${name} ${checkpoint.step}`;
  const replaced = new Set(added.map(key));
  const points = [...readCurve(folder).filter((point) => !replaced.has(key(point))), ...added];
  points.sort((a, b) => a.name < b.name ? -1 : a.name > b.name ? 1 : a.checkpoint.step - b.checkpoint.step);
  writeAtomic(`${folder}/curve.jsonl`, points.map((point) => JSON.stringify(point) + "\n").join(""));
}
