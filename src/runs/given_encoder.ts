/** The text encoder that a user names for a run (`--encoder RUN`): checked against what the run needs. */
import { validateConfig } from "../model/config.ts";
import { damsm } from "../model/damsm/mod.ts";
import { fail } from "../base/errors.ts";
import { readJson } from "../base/files.ts";
import { readCheckpoint } from "../train/checkpoint.ts";
import type { ProvidedEncoder } from "./encoder.ts";
import { findRun } from "../records/folder.ts";
import type { DataRecord } from "../records/create.ts";
import { targetsRead, type Workplace } from "./workplace.ts";
import { readStatus } from "../records/status.ts";
import { checkpointPath } from "../records/checkpoints.ts";

/** Settings that determine the tensors of an encoder and the pictures it can encode. */
const shaping = ["embedding", "width", "tower", "towerWidth", "towerWeights"] as const;

/**
 * The pre-training run that `text` names. Its training (steps, rates, seed) may differ from the configuration.
 *
 * @throws UserError when there is no such run, it is not finished, or it does not fit: other data, vocabulary or
 *   widths.
 */
export function givenEncoder({ config, set, vocabulary, root, watcher }: Workplace, text: string): ProvidedEncoder {
  const folder = findRun(text, root);
  const run = folder.slice(folder.lastIndexOf("/") + 1);
  const status = readStatus(folder);
  if (status.kind !== "damsm") {
    fail(`"${run}" generates stories; --encoder needs a pre-training run, such as its ${encoderOf(folder) ?? "own"}.`);
  }
  if (status.state !== "finished") {
    fail(`The text encoder "${run}" is ${status.state}; finish it: deno task resume ${run}.`);
  }
  const differs = (what: string, actual: unknown, expected: unknown) =>
    fail(`The text encoder "${run}" does not fit: its ${what} is ${actual}, and this run's is ${expected}.`);

  const found = validateConfig(readJson(`${folder}/config.json`)).text;
  for (const key of shaping) if (found[key] !== config.text[key]) differs(`text.${key}`, found[key], config.text[key]);
  if ((found.objects > 0) !== (config.text.objects > 0)) differs("text.objects", found.objects, config.text.objects);
  const data = readJson<DataRecord>(`${folder}/data.json`);
  if (data.digest !== set.digest) {
    const shown = (name: string, digest: string) => `${name} (${digest.slice(0, 12)})`;
    differs("data set", shown(data.name, data.digest), shown(set.name, set.digest));
  }
  const { metadata } = readCheckpoint(checkpointPath(folder, "best"));
  const words = JSON.parse(metadata.vocabulary ?? "[]") as string[];
  const other = words.findIndex((word, i) => word !== vocabulary.words[i]);
  if (other >= 0 || words.length !== vocabulary.words.length) {
    differs("vocabulary", `of ${words.length} words`, `of ${vocabulary.words.length}`);
  }
  const expected = targetsRead(damsm, config, set);
  if (String(data.targets ?? []) !== String(expected)) {
    differs("object head", `for ${data.targets?.length ?? 0} targets`, `for ${expected.length} (see classifier.share)`);
  }
  watcher?.say(`text encoder: ${run}`);
  return { run, folder, end: { state: "finished", step: status.step, best: undefined } };
}

/** The pre-training run of a run of a story system. */
function encoderOf(folder: string): string | undefined {
  return readJson<DataRecord>(`${folder}/data.json`).encoder?.run;
}
