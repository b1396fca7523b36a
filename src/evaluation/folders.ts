/** Judging two folders of stories: any system's output can be measured, whoever drew it. */
import { fail } from "../base/errors.ts";
import { openStoryFolders } from "../data/files/story_folders.ts";
import { useEngine } from "../engine/mod.ts";
import { dataRoot } from "../records/folder.ts";
import { evaluateByNetworks, type EvaluationOptions, inTableOrder } from "./evaluators.ts";
import { checkNetworks, defaultNetworks, imageEncoderName } from "./networks.ts";
import { engineKey } from "./cache.ts";
import { engineAndCode, entriesOf, type Entry } from "../records/evaluation.ts";
import { openTextEvaluator } from "./text_evaluator.ts";

/**
 * Distances between two folders of stories, and the consistency of both. Stories need not be paired, nor as many.
 * Features are kept by the bytes of the files (`data/folders/features`), so what was ended goes on where it was.
 *
 * @returns the numbers by name; their split is called `folders`
 * @throws UserError when a folder cannot be read, or the stories of the two have other lengths or sizes.
 */
export async function evaluateFolders(
  paths: { real: string; drawn: string },
  options: EvaluationOptions = {},
): Promise<Record<string, Entry>> {
  const { seed = 1, bootstrap = 1000, batch = 8, device = "auto", say = () => {} } = options;
  const root = options.data ?? dataRoot();
  const networks = checkNetworks(options.networks ?? defaultNetworks(root, options.encoder !== undefined, say));
  if (networks.includes(imageEncoderName) && options.encoder === undefined) {
    fail(`Two folders have no text encoder of their own: name the DAMSM run whose tower judges, --encoder RUN.`);
  }
  const [real, drawn] = [await openStoryFolders(paths.real), await openStoryFolders(paths.drawn)];
  const shape = ({ frames, height, width }: typeof real) => `${frames} frames of ${width}×${height}`;
  if (shape(real) !== shape(drawn)) {
    fail(
      `Stories in "${paths.real}" have ${shape(real)}, those in "${paths.drawn}" ${shape(drawn)}; ` +
        `bring both to one length and size, for a distance would measure that difference too.`,
    );
  }
  const engine = await useEngine("auto", { precision: "float32", device });
  say(`judging ${drawn.ids.length} stories beside ${real.ids.length} real ones, ${shape(real)} each`);
  const bytes = { real: real.digest(), drawn: drawn.digest() };
  const keep = (pictures: string) => ({
    folder: `${root}/folders/features`,
    pictures: { pictures, engine: engineKey(engine) },
  });
  const judge = options.encoder === undefined ? undefined : await openTextEvaluator(options.encoder);
  try {
    const { found, digests } = await evaluateByNetworks(networks, {
      real,
      drawn,
      keep: { real: keep(bytes.real), drawn: keep(bytes.drawn) },
      protocol: {
        split: "folders",
        remarks: [],
        stories: drawn.ids.length,
        frames: drawn.frames,
        paired: false,
        seed,
        bootstrap,
      },
      wanted: options.metrics,
      batch,
      root,
      watch: options,
    }, judge?.tower);
    return entriesOf(inTableOrder(found), {
      folders: {
        real: { path: paths.real, stories: real.ids.length, digest: bytes.real },
        drawn: { path: paths.drawn, stories: drawn.ids.length, digest: bytes.drawn },
      },
      networks: digests,
      seed,
      bootstrap,
      ...engineAndCode(engine),
    });
  } finally {
    judge?.dispose();
  }
}
