/**
 * Inspecting a run: a few stories as it draws them, what its dynamic blocks choose, which words its places look at, and
 * what it draws worst.
 *
 * As in an evaluation: the best checkpoint, inference mode, the same noise of every story, float32. What an evaluation has
 * drawn is read, and what is drawn here it will read.
 */
import { random } from "../../base/random.ts";
import { fixedCaptions } from "../../data/batches/stories.ts";
import type { Story } from "../../data/store/stories.ts";
import { disposeTree, useEngine } from "../../engine/mod.ts";
import { lockRun, now } from "../../records/status.ts";
import { drawStories } from "../generate.ts";
import { heldGallery, realGallery } from "../gallery.ts";
import { classifierFor } from "../objects.ts";
import { engineKey, type Watch } from "../cache.ts";
import { engineAndCode } from "../../records/evaluation.ts";
import { makeFolder } from "../evaluate.ts";
import { checkpointOf, openPainter, openSubject } from "../inputs.ts";
import { findFailures } from "./failures.ts";
import { blockInspector } from "./attention_maps.ts";
import { type Inspection, type Origin, readInspection, writeInspection } from "../../records/inspection.ts";
import { inspectSelectors } from "./selectors.ts";
import { encodeStrip } from "./strips.ts";
import { inspectWords } from "./word_attention.ts";

/** Settings of {@link inspectRun}. */
export interface InspectOptions extends Watch {
  /** Stories that are shown. Default: 3. */
  stories?: number;
  /** Default: test. */
  split?: "test" | "val";
  /** Stories that the choices of blocks are measured on. Default: 64. */
  measured?: number;
  /** Stories of failures.json. Default: 2. */
  failures?: number;
  /** Folder of the classifier that judges; default: the latest of the same data, where there is one. */
  classifier?: string;
  /** Stories at a time; changes speed and memory. Default: 8. */
  batch?: number;
  /** Default: the run's. */
  device?: string;
  /** Folder of all data sets. */
  data?: string;
  say?(text: string): void;
}

/** Noise and intervals are seeded as an evaluation seeds them unless it is told otherwise. */
const seed = 1;

/**
 * Inspects a run and writes `inspection/` into its folder, in place of an earlier one.
 *
 * @throws UserError when the checkpoint or the data are missing, damaged or not those of the run.
 */
export async function inspectRun(folder: string, options: InspectOptions = {}): Promise<Inspection> {
  const { split = "test", batch = 8, say = () => {} } = options;
  const started = performance.now();
  const subject = await openSubject(folder, { split, data: options.data, checkpoint: "best" });
  const { chosen, set, stories } = subject;
  const { config, system } = chosen;
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
    say(`inspecting ${chosen.name}.safetensors (step ${chosen.step}) on ${stories.length} ${split} stories`);
    const generator = await openPainter(subject, { engine: engineKey(engine), seed, batch });
    const { pictures } = await drawStories(kept, generator, split, stories, options);
    const real = realGallery(set, stories);
    const drawn = heldGallery(pictures, real);
    const shown = inDrawnOrder(stories);
    const chosenStories = shown.slice(0, options.stories ?? 3);

    // What the blocks look at; a system without blocks has nothing that could be asked.
    const blocks = system.blocks?.(config) ?? [];
    const painter = { ...generator, weights: { ...generator.weights, ...chosen.uploadJudge() } };
    const inspector = blocks.length > 0 ? blockInspector(painter, split, options) : undefined;
    const measured = shown.slice(0, options.measured ?? 64);
    const selectors = await inspectSelectors({ stories: measured, blocks, inspector, seed });
    const looks = await inspectWords({ config, stories: chosenStories, blocks, inspector });
    inspector?.dispose();
    disposeTree([painter.weights, painter.encoder]);

    const failures = await findFailures(
      { subject, real, drawn, batch, watch: options },
      options.failures ?? 2,
      classifier,
    );

    const of: Origin = {
      checkpoint: checkpointOf(chosen),
      data: { name: set.name, digest: set.digest },
      split,
      seed,
      ...engineAndCode(engine),
    };
    const strips = new Map<string, Uint8Array>();
    for (const id of new Set([...chosenStories, ...failures.failures].map(({ id }) => id))) {
      const at = stories.findIndex((story) => story.id === id);
      for (const [side, gallery] of [["real", real], ["drawn", drawn]] as const) {
        strips.set(`${id}.${side}.png`, await encodeStrip(await gallery.read(at, 1), set.frames, set.size));
      }
    }
    writeInspection(folder, {
      stories: {
        of,
        frames: set.frames,
        size: set.size,
        stories: chosenStories.map((story) => ({ id: story.id, captions: fixedCaptions(story, config) })),
      },
      selectors: { of, ...selectors },
      attention: { of, looks },
      failures: { of, ...failures },
    }, strips);
    const seconds = Math.round((performance.now() - started) / 1000);
    Deno.writeTextFileSync(
      `${folder}/log.txt`,
      `${now()} inspected ${chosen.name}.safetensors (step ${chosen.step}) on ${split}, ${seconds} s\n`,
      { append: true },
    );
    return readInspection(folder);
  } finally {
    release();
  }
}

/** The stories in a drawn order that depends on their number alone: the first are the same for every run and count. */
export function inDrawnOrder(stories: Story[]): Story[] {
  return random(seed, "inspection").shuffle(stories);
}
