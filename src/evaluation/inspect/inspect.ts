/**
 * Inspecting a run: a few stories as it generates them, the selections of its dynamic blocks, their attention to words,
 * and the stories that it generates worst.
 *
 * As in an evaluation: the best checkpoint, inference mode, the same noise of every story, float32. Stories in the
 * cache of an evaluation are used, and those generated here are added to it.
 */
import { random } from "../../base/random.ts";
import { counted } from "../../base/text.ts";
import { fixedCaptions } from "../../data/batches/stories.ts";
import type { Story } from "../../data/store/stories.ts";
import { disposeTree, useEngine } from "../../engine/mod.ts";
import { lockRun, now } from "../../records/status.ts";
import { generateStories } from "../generate.ts";
import { heldGallery, realGallery } from "../gallery.ts";
import { classifierFor } from "../objects.ts";
import { engineKey, type Watch } from "../cache.ts";
import { engineAndCode } from "../../records/evaluation.ts";
import { makeFolder } from "../evaluate.ts";
import { checkpointOf, openGenerator, openInputs } from "../inputs.ts";
import { findFailures } from "./failures.ts";
import { blockInspector } from "./attention_maps.ts";
import { type Inspection, type Origin, readInspection, stripFile, writeInspection } from "../../records/inspection.ts";
import { inspectSelectors } from "./selectors.ts";
import { encodeStrip } from "./strips.ts";
import { inspectWords } from "./word_attention.ts";

/** Settings of {@link inspectRun}. */
export interface InspectOptions extends Watch {
  /** Stories that are shown. Default: 3. */
  stories?: number | undefined;
  /** Default: test. */
  split?: "test" | "val" | undefined;
  /** Stories on which the selections are measured. Default: 64. */
  measured?: number | undefined;
  /** Stories of failures.json. Default: 2. */
  failures?: number | undefined;
  /** Folder of the classifier that evaluates; default: the latest of the same data, where there is one. */
  classifier?: string | undefined;
  /** Stories at a time; changes speed and memory. Default: 8. */
  batch?: number | undefined;
  /** Default: the run's. */
  device?: string | undefined;
  /** Folder of all data sets. */
  data?: string | undefined;
}

/** Seed of noise and intervals, the default of an evaluation. */
const seed = 1;

/**
 * Inspects a run and writes `inspection/` into its folder, in place of an earlier one.
 *
 * @throws UserError when the checkpoint or the data are missing, damaged or not those of the run.
 */
export async function inspectRun(folder: string, options: InspectOptions = {}): Promise<Inspection> {
  const { split = "test", batch = 8, say = () => {} } = options;
  const started = performance.now();
  const inputs = await openInputs(folder, { split, data: options.data, checkpoint: "best" });
  const { checkpoint, set, stories } = inputs;
  const { config, system } = checkpoint;
  const classifier = classifierFor(folder, set, { classifier: options.classifier, say: () => {} });
  const kept = `${folder}/evaluation`;
  makeFolder(kept);
  const release = lockRun(kept);
  try {
    const engine = await useEngine(config.engine, {
      ...config,
      precision: "float32",
      device: options.device ?? config.device,
    });
    say(
      `inspecting ${checkpoint.name}.safetensors (step ${checkpoint.step}) on ${
        counted(stories.length, `${split} story`, `${split} stories`)
      }`,
    );
    const generator = await openGenerator(inputs, { engine: engineKey(engine), seed, batch });
    const { pictures } = await generateStories(kept, generator, split, stories, options);
    const real = realGallery(set, stories);
    const generated = heldGallery(pictures, real);
    const shown = inRandomOrder(stories);
    const shownStories = shown.slice(0, options.stories ?? 3);

    // Selections and attention of the blocks; a system may have none.
    const blocks = system.probes?.blocks(config) ?? [];
    const whole = { ...generator, weights: { ...generator.weights, ...checkpoint.uploadRest() } };
    const inspector = blocks.length > 0 ? blockInspector(whole, split, options) : undefined;
    const measured = shown.slice(0, options.measured ?? 64);
    const selectors = await inspectSelectors({ stories: measured, blocks, inspector, seed });
    const looks = await inspectWords({ config, stories: shownStories, blocks, inspector });
    inspector?.dispose();
    disposeTree([whole.weights, whole.frozen]);

    const failures = await findFailures(
      { inputs, real, generated, batch, watch: options },
      options.failures ?? 2,
      classifier,
    );

    const of: Origin = {
      checkpoint: checkpointOf(checkpoint),
      data: { name: set.name, digest: set.digest },
      split,
      seed,
      ...engineAndCode(engine),
    };
    const strips = new Map<string, Uint8Array>();
    for (const id of new Set([...shownStories, ...failures.failures].map(({ id }) => id))) {
      const at = stories.findIndex((story) => story.id === id);
      for (const [side, gallery] of [["real", real], ["drawn", generated]] as const) {
        strips.set(stripFile(id, side), await encodeStrip(await gallery.read(at, 1), set.frames, set.size));
      }
    }
    writeInspection(folder, {
      stories: {
        of,
        frames: set.frames,
        size: set.size,
        stories: shownStories.map((story) => ({ id: story.id, captions: fixedCaptions(story, config) })),
      },
      selectors: { of, ...selectors },
      attention: { of, looks },
      failures: { of, ...failures },
    }, strips);
    const seconds = Math.round((performance.now() - started) / 1000);
    Deno.writeTextFileSync(
      `${folder}/log.txt`,
      `${now()} inspected ${checkpoint.name}.safetensors (step ${checkpoint.step}) on ${split}, ${seconds} s\n`,
      { append: true },
    );
    return readInspection(folder);
  } finally {
    release();
  }
}

/** The stories in a random order that depends on their number alone: the first are the same for every run and count. */
export function inRandomOrder(stories: Story[]): Story[] {
  return random(seed, "inspection").shuffle(stories);
}
