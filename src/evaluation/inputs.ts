/** What is judged: a run's checkpoint, the stories of a split, and all that draws them. */
import { fail } from "../base/errors.ts";
import { readJson } from "../base/files.ts";
import { openStorySet, type Split, type Story, type StorySet } from "../data/store/stories.ts";
import { digestState, readState } from "../train/checkpoint.ts";
import { storyEncoder } from "../train/text.ts";
import { type Chosen, readChosen } from "../runs/sampling/checkpoint.ts";
import { storyDrawer } from "../runs/sampling/draw.ts";
import { readEncoder } from "../runs/encoder.ts";
import { dataRoot } from "../records/folder.ts";
import type { DataRecord } from "../records/create.ts";
import { chosenBy } from "../runs/validation.ts";
import type { Painter } from "./generate.ts";
import type { Provenance } from "../records/evaluation.ts";

/** A run, opened for judging. */
export interface Subject {
  folder: string;
  chosen: Chosen;
  set: StorySet;
  split: Split;
  /** The stories that are judged, in order. */
  stories: Story[];
  /** What a metric's name must say of the choice: "first 100", "gold labels". */
  remarks: string[];
}

/** Settings of {@link openSubject}. */
export interface SubjectOptions {
  /** Default: test. */
  split?: Split;
  /** Default: best, which is chosen on val. */
  checkpoint?: "best" | "last";
  /** Only the first stories of the split; their number is then in every name. */
  limit?: number;
  /** Folder of all data sets. */
  data?: string;
}

/**
 * Opens a run, its checkpoint and its data.
 *
 * @throws UserError when the checkpoint or the data are missing, damaged or not those of the run, or the split is empty.
 */
export async function openSubject(folder: string, options: SubjectOptions): Promise<Subject> {
  const { split = "test", checkpoint = "best", limit, data = dataRoot() } = options;
  const chosen = readChosen(folder, checkpoint);
  const { config } = chosen;
  const set = await openStorySet(config.data.name, data);
  const { digest } = readJson<DataRecord>(`${folder}/data.json`);
  if (digest !== set.digest) {
    fail(
      `The data set "${set.name}" has the digest ${set.digest.slice(0, 12)}, and the run was trained on ` +
        `${digest.slice(0, 12)}; prepare that one again, or judge a run that was trained on this one.`,
    );
  }
  const all = set.split(split);
  const stories = all.slice(0, limit);
  if (stories.length === 0) {
    fail(`The data set "${set.name}" has no ${split} stories to judge; choose another --split.`);
  }
  const labels = config.data.labels > 0 ? ["gold labels"] : [];
  const part = stories.length < all.length ? [`first ${stories.length}`] : [];
  return { folder, chosen, set, split, stories, remarks: [...labels, ...part] };
}

/** The checkpoint as records name it: what its numbers and pictures come from. */
export function checkpointOf({ name, step, state, best }: Chosen): NonNullable<Provenance["checkpoint"]> {
  const chosen = name === "best" && best ? { metric: chosenBy, split: "val" as const, value: best.score } : undefined;
  return { name, step, state, ...(chosen ? { chosenBy: chosen } : {}) };
}

/** What draws the stories; an engine must run. The caller disposes of `weights` and `encoder`. */
export async function openPainter(
  subject: Subject,
  options: Pick<Painter, "engine" | "seed" | "batch">,
): Promise<Painter> {
  const { folder, chosen: { config, system, state, upload }, set } = subject;
  const { encoder, vocabulary } = readEncoder(folder, config);
  return {
    system,
    config,
    set,
    vocabulary,
    encoder,
    encode: storyEncoder(config),
    draw: storyDrawer(system, config),
    weights: upload(),
    digests: { state, encoder: digestState(await readState(encoder)) },
    ...options,
  };
}
