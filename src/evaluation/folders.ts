/** Compares two folders of stories, so that the output of any system can be measured. */
import { fail } from "../base/errors.ts";
import { counted } from "../base/text.ts";
import { openStories } from "../data/files/picture_arrays.ts";
import { useEngine } from "../engine/mod.ts";
import { dataRoot } from "../records/folder.ts";
import {
  evaluateByNetworks,
  type EvaluationContext,
  type EvaluationOptions,
  inTableOrder,
  isWanted,
} from "./evaluators.ts";
import { evaluatePixels, haveSameNames } from "./frames/pixels.ts";
import { chooseNetworks, imageEncoderName } from "./networks.ts";
import { engineKey } from "./cache.ts";
import { compareStatistics } from "./statistics/compare.ts";
import { isStatistics } from "./statistics/files.ts";
import { engineAndCode, entriesOf, type Entry } from "../records/evaluation.ts";
import { openTextEvaluator } from "./text_evaluator.ts";

/**
 * Distances between two folders (or .npy arrays) of stories, the consistency of both, and what is measured of their
 * pixels. The stories need not be paired, and their numbers may differ. Features are cached by the bytes of the files
 * (`data/folders/features`), so an evaluation that was stopped continues where it was. Of single pictures only what is of
 * pictures is measured, and of statistics (.npz) the Fréchet distance.
 *
 * @returns the numbers by metric name; their split is called `folders`
 * @throws UserError when a folder cannot be read, or the stories of the two differ in length or size.
 */
export async function evaluateFolders(
  paths: { real: string; generated: string },
  options: EvaluationOptions = {},
): Promise<Record<string, Entry>> {
  if (isStatistics(paths.real) || isStatistics(paths.generated)) return await compareStatistics(paths, options);
  const { seed = 1, bootstrap = 1000, batch = 8, device = "auto", say = () => {} } = options;
  const root = options.data ?? dataRoot();
  const networks = await chooseNetworks(options, root, options.encoder !== undefined);
  if (networks.includes(imageEncoderName) && options.encoder === undefined) {
    fail(
      `${imageEncoderName} needs a text encoder: name the DAMSM run whose image encoder evaluates the folders, --encoder RUN.`,
    );
  }
  const reading = { pictures: options.pictures, say };
  const [real, generated] = [await openStories(paths.real, reading), await openStories(paths.generated, reading)];
  const shape = ({ frames, height, width }: typeof real) => `${counted(frames, "frame")} of ${width}×${height}`;
  if (shape(real) !== shape(generated)) {
    fail(
      `Stories in "${paths.real}" have ${shape(real)}, those in "${paths.generated}" ${shape(generated)}; ` +
        `make their lengths and sizes equal, because a distance would measure that difference too.`,
    );
  }
  const engine = await useEngine("auto", { precision: "float32", device });
  say(
    `comparing ${counted(generated.ids.length, "story", "stories")} with ${real.ids.length} real, ${shape(real)} each`,
  );
  const bytes = { real: real.digest(), generated: generated.digest() };
  const cacheFor = (pictures: string) => ({
    folder: `${root}/folders/features`,
    pictures: { pictures, engine: engineKey(engine) },
  });
  const evaluator = options.encoder === undefined ? undefined : await openTextEvaluator(options.encoder);
  try {
    const context: EvaluationContext = {
      real,
      generated,
      caches: { real: cacheFor(bytes.real), generated: cacheFor(bytes.generated) },
      protocol: {
        split: "folders",
        remarks: [],
        stories: generated.ids.length,
        frames: generated.frames,
        paired: false,
        seed,
        bootstrap,
      },
      wanted: options.metrics,
      batch,
      root,
      weights: options.weights,
      say,
      watch: options,
    };
    const { found, digests } = await evaluateByNetworks(networks, context, evaluator?.imageEncoder);
    if (isWanted(context, "colour-match") && !haveSameNames(real, generated)) {
      say("no colour-match: it compares each frame with its real one, and the stories of the folders differ in name");
    }
    found.push(...await evaluatePixels(context));
    return entriesOf(inTableOrder(found), {
      folders: {
        real: { path: paths.real, stories: real.ids.length, digest: bytes.real },
        drawn: { path: paths.generated, stories: generated.ids.length, digest: bytes.generated },
      },
      networks: digests,
      seed,
      bootstrap,
      ...engineAndCode(engine),
    });
  } finally {
    evaluator?.dispose();
  }
}
