/** The inputs of an evaluation: a run's checkpoint, the stories of a split, and all that generates them. */
import { fail } from "../base/errors.ts";
import { readJson } from "../base/files.ts";
import { openStorySet, type Split, type Story, type StorySet } from "../data/store/stories.ts";
import { digestState, readState } from "../train/checkpoint.ts";
import { conditioner } from "../train/inputs.ts";
import { readSampledCheckpoint, type SampledCheckpoint } from "../runs/sampling/checkpoint.ts";
import { storyGenerator } from "../runs/sampling/generate.ts";
import { readEncoder } from "../runs/stored_encoder.ts";
import { dataRoot } from "../records/folder.ts";
import type { CheckpointName } from "../records/checkpoints.ts";
import type { DataRecord } from "../records/create.ts";
import { bestBy } from "../runs/validation.ts";
import type { Generator } from "./generate.ts";
import type { Provenance } from "../records/evaluation.ts";

/** A run, opened for evaluation. */
export interface Inputs {
  folder: string;
  checkpoint: SampledCheckpoint;
  set: StorySet;
  split: Split;
  /** The evaluated stories, in order. */
  stories: Story[];
  /** What the choice adds to a metric's name: "first 100", "gold labels". */
  remarks: string[];
}

/** Settings of {@link openInputs}. */
export interface InputOptions {
  /** Default: test. */
  split?: Split | undefined;
  /** Default: best, which is chosen on val. */
  checkpoint?: CheckpointName | undefined;
  /** Only the first stories of the split; their number is then in every name. */
  limit?: number | undefined;
  /** Folder of all data sets. */
  data?: string | undefined;
}

/**
 * Opens a run, its checkpoint and its data.
 *
 * @throws UserError when the checkpoint or the data are missing, damaged or not those of the run, or the split is
 *   empty.
 */
export async function openInputs(folder: string, options: InputOptions): Promise<Inputs> {
  const { split = "test", limit, data = dataRoot() } = options;
  const checkpoint = readSampledCheckpoint(folder, options.checkpoint ?? "best");
  const { config } = checkpoint;
  const set = await openStorySet(config.data.name, data);
  const { digest } = readJson<DataRecord>(`${folder}/data.json`);
  if (digest !== set.digest) {
    fail(
      `The data set "${set.name}" has the digest ${set.digest.slice(0, 12)}, and the run was trained on ` +
        `${digest.slice(0, 12)}; prepare that one again, or evaluate a run that was trained on this one.`,
    );
  }
  const all = set.split(split);
  const stories = all.slice(0, limit);
  if (stories.length === 0) {
    fail(`The data set "${set.name}" has no ${split} stories to evaluate; choose another --split.`);
  }
  const labels = config.data.labels > 0 ? ["gold labels"] : [];
  const part = stories.length < all.length ? [`first ${stories.length}`] : [];
  return { folder, checkpoint, set, split, stories, remarks: [...labels, ...part] };
}

/** The checkpoint as records name it, the source of numbers and pictures. */
export function checkpointOf(
  { config, name, step, state, best }: SampledCheckpoint,
): NonNullable<Provenance["checkpoint"]> {
  const chosen = name === "best" && best
    ? { metric: bestBy(config), split: "val" as const, value: best.score }
    : undefined;
  return { name, step, state, ...(chosen ? { chosenBy: chosen } : {}) };
}

/** What generates the stories; an engine must run. The caller disposes of `weights` and `frozen`. */
export async function openGenerator(
  { folder, checkpoint: { config, system, state, upload }, set }: Inputs,
  options: Pick<Generator, "engine" | "seed" | "batch">,
): Promise<Generator> {
  const { encoder, vocabulary } = readEncoder(folder, config);
  return {
    system,
    config,
    set,
    vocabulary,
    frozen: encoder,
    condition: conditioner(system, config),
    generate: storyGenerator(system, config),
    weights: upload(),
    digests: { state, encoder: digestState(await readState(encoder)) },
    ...options,
  };
}
