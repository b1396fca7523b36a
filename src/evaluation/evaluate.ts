/**
 * Evaluates a run: compares the stories that it generates for a split with the real ones.
 *
 * Inference mode throughout: hard selection, running statistics, the mean of the story code. Every story of the split
 * occurs exactly once, with fixed captions and pictures, in float32 whatever precision the run was trained in. The
 * default checkpoint is the best one on val, and the record states which one was used.
 */
import { fail } from "../base/errors.ts";
import { reason } from "../base/files.ts";
import { counted } from "../base/text.ts";
import { captionOf, fixedCaptions } from "../data/batches/stories.ts";
import { disposeTree, type EngineInfo, useEngine } from "../engine/mod.ts";
import { isKept } from "../records/checkpoints.ts";
import { dataRoot } from "../records/folder.ts";
import { lockRun, now } from "../records/status.ts";
import { evaluateBlocks } from "./blocks/evaluate_blocks.ts";
import { generateStories } from "./generate.ts";
import { exportStories } from "./export.ts";
import { heldGallery, realGallery } from "./gallery.ts";
import {
  evaluateByNetworks,
  type EvaluationContext,
  type EvaluationOptions,
  featuresOfBoth,
  inTableOrder,
  isWanted,
} from "./evaluators.ts";
import type { Measurement } from "../records/measurement.ts";
import { chooseNetworks } from "./networks.ts";
import { classifierFor, evaluateObjects } from "./objects.ts";
import { checkSceneMetrics } from "./frames/scenes.ts";
import { evaluatePixels } from "./frames/pixels.ts";
import { engineKey, pausePoint } from "./cache.ts";
import {
  engineAndCode,
  entriesOf,
  type Entry,
  type Provenance,
  writeCurve,
  writeMeasurements,
} from "../records/evaluation.ts";
import { checkpointOf, type InputOptions, type Inputs, openGenerator, openInputs } from "./inputs.ts";
import { checkEncoder, openTextEvaluator, type TextEvaluator } from "./text_evaluator.ts";
import { cosineMeasurement, type FramesAndTexts, rPrecisionMeasurement } from "./text_metrics.ts";

/** Settings of {@link evaluateRun}. */
export interface EvaluateOptions extends EvaluationOptions, InputOptions {
  /** A folder to which real and generated stories are written as PNGs. */
  export?: string | undefined;
}

/**
 * Evaluates a run and writes the numbers into its folder.
 *
 * Generated stories and all features are cached, so an evaluation that was stopped continues where it was, and one with
 * further metrics generates nothing again.
 *
 * @returns the numbers by metric name, in the order of the table of metrics
 * @throws UserError when checkpoint, data, encoder, classifier or a network is missing or does not fit the run; the
 *   reason of `signal` where that stopped the evaluation.
 */
export async function evaluateRun(folder: string, options: EvaluateOptions = {}): Promise<Record<string, Entry>> {
  const { seed = 1, bootstrap = 1000, batch = 8, say = () => {} } = options;
  const started = performance.now();
  const inputs = await openInputs(folder, options);
  const { checkpoint: { config, name, step }, set, split, stories, remarks } = inputs;
  if (options.encoder !== undefined) checkEncoder(options.encoder, set);
  const root = options.data ?? dataRoot();
  const networks = await chooseNetworks(options, root, true);
  const classifier = classifierFor(folder, set, options);
  if (classifier !== undefined) checkSceneMetrics(classifier, set, options);
  const cache = `${folder}/evaluation`;
  makeFolder(cache);
  const release = lockRun(cache);
  try {
    const device = options.device ?? config.device;
    const engine = await useEngine(config.engine, { ...config, precision: "float32", device });
    say(
      `evaluating ${name}.safetensors (step ${step}) on ${
        counted(stories.length, `${split} story`, `${split} stories`)
      } of ${set.name}`,
    );

    // Generate the stories, or read them from the cache.
    const generator = await openGenerator(inputs, { engine: engineKey(engine), seed, batch });
    const { pictures, key } = await generateStories(cache, generator, split, stories, options);
    const real = realGallery(set, stories);
    const generated = heldGallery(pictures, real);
    if (options.export !== undefined) {
      await exportStories(`${options.export}/real`, real, "writing real stories", options);
      await exportStories(`${options.export}/drawn`, generated, "writing generated stories", options);
    }

    // Measure.
    const ofReal = { data: set.digest, split, engine: engineKey(engine) };
    const context: EvaluationContext = {
      real,
      generated,
      caches: {
        real: { folder: `${root}/${set.name}/features`, pictures: ofReal },
        generated: { folder: cache, pictures: key },
      },
      protocol: { split, remarks, stories: stories.length, frames: set.frames, paired: true, seed, bootstrap },
      wanted: options.metrics,
      batch,
      root,
      weights: options.weights,
      say,
      watch: options,
    };
    const found: Measurement[] = await evaluateBlocks(inputs, generator, key, context);
    disposeTree([generator.weights, generator.frozen]);
    const evaluator = await openTextEvaluator(options.encoder ?? folder);
    const digests = { [evaluator.name]: evaluator.digest };
    try {
      if (isWanted(context, "cosine", "r-precision")) found.push(...await evaluateText(evaluator, inputs, context));
      const measured = await evaluateByNetworks(networks, context, evaluator.imageEncoder);
      found.push(...measured.found);
      Object.assign(digests, measured.digests);
    } finally {
      evaluator.dispose();
    }
    if (classifier !== undefined) {
      const measured = await evaluateObjects(classifier, inputs, context);
      found.push(...measured.found);
      Object.assign(digests, measured.digests);
    }
    found.push(...await evaluatePixels(context));
    await pausePoint(options);

    // Write the record.
    const entries = entriesOf(
      inTableOrder(found),
      provenanceOf(inputs, engine, { networks: digests, seed, bootstrap }),
    );
    if (isKept(name)) writeCurve(folder, entries);
    else writeMeasurements(folder, entries);
    const seconds = Math.round((performance.now() - started) / 1000);
    Deno.writeTextFileSync(
      `${folder}/log.txt`,
      `${now()} evaluated ${name}.safetensors (step ${step}) on ${split}, ${
        counted(found.length, "number")
      }, ${seconds} s\n`,
      { append: true },
    );
    return entries;
  } finally {
    release();
  }
}

/**
 * Cosine with the sentence that each frame was generated from; R-precision with that, and with all sentences of the
 * frame.
 */
async function evaluateText(
  evaluator: TextEvaluator,
  { checkpoint: { config }, stories }: Inputs,
  context: EvaluationContext,
) {
  const { protocol, real: { ids } } = context;
  const { real, generated } = await featuresOfBoth(evaluator.imageEncoder, context);
  const withCodes = async (texts: string[], words?: number): Promise<FramesAndTexts> => (
    { real, generated, ids, texts, codes: await evaluator.encode(texts, words) }
  );
  const joined = config.data.captions === "joined";
  const given = await withCodes(stories.flatMap((story) => fixedCaptions(story, config)));
  const found: Measurement[] = [];
  if (isWanted(context, "cosine")) found.push(cosineMeasurement(given, protocol, evaluator.name));
  if (!isWanted(context, "r-precision")) return found;
  found.push(rPrecisionMeasurement(given, protocol, evaluator.name, joined ? "description" : "sentence"));
  const several = stories.some(({ frames }) => frames.some(({ captions }) => captions.length > 1));
  if (joined || !several) return found;
  const descriptions = stories.flatMap(({ frames }) => frames.map((frame) => captionOf(frame, "joined", () => 0)));
  const whole = await withCodes(descriptions, 4 * config.data.words);
  return [...found, rPrecisionMeasurement(whole, protocol, evaluator.name, "description")];
}

/** What the numbers of this evaluation depend on. */
function provenanceOf(
  { checkpoint, set }: Inputs,
  engine: EngineInfo,
  settings: Pick<Provenance, "networks" | "seed" | "bootstrap">,
): Provenance {
  return {
    checkpoint: checkpointOf(checkpoint),
    data: { name: set.name, digest: set.digest },
    ...settings,
    ...engineAndCode(engine),
  };
}

/** Creates a folder with its parents. @throws UserError when it cannot. */
export function makeFolder(path: string): void {
  try {
    Deno.mkdirSync(path, { recursive: true });
  } catch (error) {
    fail(`Cannot make the folder "${path}": ${reason(error)}.`, error);
  }
}
