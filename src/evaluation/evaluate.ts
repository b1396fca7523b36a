/**
 * Judging a run: what it draws for every story of a split, beside the real stories.
 *
 * Inference mode throughout: hard choice, running statistics, the code's mean; every story of the split exactly once;
 * fixed captions and pictures; float32 whatever the run was trained in. The checkpoint is the best one on val unless
 * asked otherwise, and the record says so.
 */
import { fail } from "../base/errors.ts";
import { reason } from "../base/files.ts";
import { captionOf, fixedCaptions } from "../data/batches/stories.ts";
import { disposeTree, type EngineInfo, useEngine } from "../engine/mod.ts";
import { dataRoot } from "../records/folder.ts";
import { lockRun, now } from "../records/status.ts";
import { drawStories } from "./generate.ts";
import { exportStories } from "./export.ts";
import { heldGallery, realGallery } from "./gallery.ts";
import {
  evaluateByNetworks,
  type EvaluationOptions,
  featuresOfBoth,
  inTableOrder,
  isWanted,
  type Sides,
} from "./evaluators.ts";
import type { Measurement } from "../records/measurement.ts";
import { checkNetworks, defaultNetworks } from "./networks.ts";
import { classifierFor, evaluateObjects } from "./objects.ts";
import { engineKey, pausePoint } from "./cache.ts";
import { engineAndCode, entriesOf, type Entry, type Provenance, writeMeasurements } from "../records/evaluation.ts";
import { checkpointOf, openPainter, openSubject, type Subject, type SubjectOptions } from "./inputs.ts";
import { checkEncoder, openTextEvaluator, type TextEvaluator } from "./text_evaluator.ts";
import { cosineMeasurement, rPrecisionMeasurement, type Told } from "./text_metrics.ts";

/** Settings of {@link evaluateRun}. */
export interface EvaluateOptions extends EvaluationOptions, SubjectOptions {
  /** A folder that real and drawn stories are written to as PNGs. */
  export?: string;
}

/**
 * Judges a run and writes the numbers into its folder.
 *
 * Drawn stories and all features are kept, so an evaluation that was ended goes on where it was, and one with further
 * metrics draws nothing anew.
 *
 * @returns the numbers by name, in the order of the table
 * @throws UserError for what a user can mend, and the reason of `signal` where that ended it.
 */
export async function evaluateRun(folder: string, options: EvaluateOptions = {}): Promise<Record<string, Entry>> {
  const { seed = 1, bootstrap = 1000, batch = 8, say = () => {} } = options;
  const started = performance.now();
  const subject = await openSubject(folder, options);
  const { chosen: { config, name, step }, set, split, stories, remarks } = subject;
  if (options.encoder !== undefined) checkEncoder(options.encoder, set);
  const root = options.data ?? dataRoot();
  const networks = checkNetworks(options.networks ?? defaultNetworks(root, true, say));
  const classifier = classifierFor(folder, set, options);
  const kept = `${folder}/evaluation`;
  makeFolder(kept);
  const release = lockRun(kept);
  try {
    const device = options.device ?? config.device;
    const engine = await useEngine(config.engine, { ...config, precision: "float32", device });
    say(`judging ${name}.safetensors (step ${step}) on ${stories.length} ${split} stories of ${set.name}`);

    // Draw, or read what was drawn.
    const painter = await openPainter(subject, { engine: engineKey(engine), seed, batch });
    const { pictures, key } = await drawStories(kept, painter, split, stories, options);
    disposeTree([painter.weights, painter.encoder]);
    const real = realGallery(set, stories);
    const drawn = heldGallery(pictures, real);
    if (options.export !== undefined) {
      await exportStories(`${options.export}/real`, real, "writing real stories", options);
      await exportStories(`${options.export}/drawn`, drawn, "writing drawn stories", options);
    }

    // Judge.
    const ofReal = { data: set.digest, split, engine: engineKey(engine) };
    const sides: Sides = {
      real,
      drawn,
      keep: {
        real: { folder: `${root}/${set.name}/features`, pictures: ofReal },
        drawn: { folder: kept, pictures: key },
      },
      protocol: { split, remarks, stories: stories.length, frames: set.frames, paired: true, seed, bootstrap },
      wanted: options.metrics,
      batch,
      root,
      watch: options,
    };
    const judge = await openTextEvaluator(options.encoder ?? folder);
    const digests = { [judge.name]: judge.digest };
    const found: Measurement[] = [];
    try {
      if (isWanted(sides, "cosine", "r-precision")) found.push(...await judgeText(judge, subject, sides));
      const seen = await evaluateByNetworks(networks, sides, judge.tower);
      found.push(...seen.found);
      Object.assign(digests, seen.digests);
    } finally {
      judge.dispose();
    }
    if (classifier !== undefined) {
      const seen = await evaluateObjects(classifier, subject, sides);
      found.push(...seen.found);
      Object.assign(digests, seen.digests);
    }
    await pausePoint(options);

    // Record.
    const entries = entriesOf(
      inTableOrder(found),
      provenanceOf(subject, engine, { networks: digests, seed, bootstrap }),
    );
    writeMeasurements(folder, entries);
    const seconds = Math.round((performance.now() - started) / 1000);
    Deno.writeTextFileSync(
      `${folder}/log.txt`,
      `${now()} evaluated ${name}.safetensors (step ${step}) on ${split}, ${found.length} numbers, ${seconds} s\n`,
      { append: true },
    );
    return entries;
  } finally {
    release();
  }
}

/** Cosine by the sentence that each frame was drawn from; R-precision by that, and by all sentences of the frame. */
async function judgeText(judge: TextEvaluator, { chosen: { config }, stories }: Subject, sides: Sides) {
  const { protocol, real: { ids } } = sides;
  const { real, drawn } = await featuresOfBoth(judge.tower, sides);
  const telling = async (texts: string[], words?: number): Promise<Told> => (
    { real, drawn, ids, texts, codes: await judge.read(texts, words) }
  );
  const joined = config.data.captions === "joined";
  const given = await telling(stories.flatMap((story) => fixedCaptions(story, config)));
  const found: Measurement[] = [];
  if (isWanted(sides, "cosine")) found.push(cosineMeasurement(given, protocol, judge.name));
  if (!isWanted(sides, "r-precision")) return found;
  found.push(rPrecisionMeasurement(given, protocol, judge.name, joined ? "description" : "sentence"));
  const several = stories.some(({ frames }) => frames.some(({ captions }) => captions.length > 1));
  if (joined || !several) return found;
  const descriptions = stories.flatMap(({ frames }) => frames.map((frame) => captionOf(frame, "joined", () => 0)));
  const whole = await telling(descriptions, 4 * config.data.words);
  return [...found, rPrecisionMeasurement(whole, protocol, judge.name, "description")];
}

/** What the numbers of this evaluation depend on. */
function provenanceOf(
  { chosen, set }: Subject,
  engine: EngineInfo,
  settings: Pick<Provenance, "networks" | "seed" | "bootstrap">,
): Provenance {
  return {
    checkpoint: checkpointOf(chosen),
    data: { name: set.name, digest: set.digest },
    ...settings,
    ...engineAndCode(engine),
  };
}

export function makeFolder(path: string): void {
  try {
    Deno.mkdirSync(path, { recursive: true });
  } catch (error) {
    fail(`Cannot make the folder "${path}": ${reason(error)}.`, error);
  }
}
