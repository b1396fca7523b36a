/** Made-up run folders with the files that training and evaluation write. */
import { configDigest } from "../../src/records/write.ts";
import type { Status } from "../../src/records/status.ts";
import { resolveConfig } from "../../src/model/config.ts";
import { sha256 } from "../../src/base/files.ts";

/** Settings of a made-up run folder; all else has default values. */
export interface RecordOf {
  kind?: Status["kind"];
  state?: Status["state"];
  set?: string[];
  steps?: number;
  step?: number;
  /** Digest of the data set. */
  data?: string;
  /** By metric name. */
  measurements?: Record<string, number>;
  checkpoints?: boolean;
  error?: string;
}

/** Writes a run folder. @returns the digest of its state, which depends on configuration, kind, step and data. */
export function writeRecord(folder: string, of: RecordOf = {}): string {
  const { kind = "gan", state = "finished", set = [], steps = resolveConfig("tiny").train.steps, data = "data" } = of;
  const step = of.step ?? steps;
  const config = resolveConfig("tiny", set);
  const key = kind === "gan" ? "train" : kind === "damsm" ? "text" : "classifier";
  config[key].steps = steps;
  const digest = sha256(JSON.stringify([configDigest(config, kind), kind, step, data]));
  Deno.mkdirSync(`${folder}/checkpoints`, { recursive: true });
  const write = (file: string, value: unknown) => Deno.writeTextFileSync(`${folder}/${file}`, JSON.stringify(value));
  const started = "2026-01-01T00:00:00.000Z";
  const { error } = of;
  write("status.json", { kind, state, step, steps, pid: 1, host: "here", started, heartbeat: started, error });
  write("config.json", config);
  write("data.json", { name: config.data.name, digest: data, stories: {}, frames: 5, vocabulary: 9 });
  write("environment.json", { commit: "c0ffee", engine: { name: "xla", threads: 2, devices: [] } });
  write("digests.json", { [step]: digest });
  Deno.writeTextFileSync(`${folder}/metrics.jsonl`, `{"step":1,"loss.d":1.5}\n{"step":${step},"loss.d":1.25}\n`);
  if (kind === "damsm") write("r-precision.json", { step });
  const measured = Object.entries(of.measurements ?? {}).map((
    [name, value],
  ) => [name, { value, stories: 4, frames: 20 }]);
  if (measured.length > 0) write("metrics.json", Object.fromEntries(measured));
  if (of.checkpoints ?? true) {
    for (const name of ["best", "last"]) Deno.writeTextFileSync(`${folder}/checkpoints/${name}.safetensors`, "");
  }
  return digest;
}
