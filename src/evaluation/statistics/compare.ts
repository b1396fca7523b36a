/** The Fréchet distance from or to the statistics of a .npz file, which hold nothing else to be measured. */
import { fail } from "../../base/errors.ts";
import { openStories } from "../../data/files/picture_arrays.ts";
import type { StoryFolders } from "../../data/files/story_folders.ts";
import { useEngine } from "../../engine/mod.ts";
import type { FeatureNetwork } from "../../metrics/features.ts";
import { frechetDistance, moments } from "../../metrics/frechet.ts";
import { openNetwork } from "../../metrics/networks.ts";
import { engineAndCode, entriesOf, type Entry } from "../../records/evaluation.ts";
import { dataRoot } from "../../records/folder.ts";
import { type Measurement, measurementOf } from "../../records/measurement.ts";
import { engineKey } from "../cache.ts";
import type { EvaluationOptions } from "../evaluators.ts";
import { frechetName } from "../feature_metrics.ts";
import { featuresOf } from "../features.ts";
import { chooseNetworks, imageEncoderName } from "../networks.ts";
import { isStatistics, readStatistics, type Statistics } from "./files.ts";

/** One side: statistics, or pictures whose features are computed. */
type Side = { path: string; digest: string } & ({ statistics: Statistics } | { stories: StoryFolders });

/**
 * The Fréchet distance between two sides of which at least one is a .npz file. A file does not tell which network its
 * features are of, so its digest is in the name: `fid[inception-2015-12-05, real statistics:1a2b3c4d].folders`.
 *
 * @param options networks are those whose features are as wide as the statistics
 * @throws UserError when a side cannot be read, no network has that width, or another metric is requested.
 */
export async function compareStatistics(
  paths: { real: string; generated: string },
  options: EvaluationOptions = {},
): Promise<Record<string, Entry>> {
  const { seed = 1, device = "auto", say = () => {}, metrics = ["fid", "fsd"] } = options;
  if (!metrics.some((metric) => metric === "fid" || metric === "fsd")) {
    fail(`Statistics (.npz) give the Fréchet distance alone, and not ${metrics.join(", ")}; use --metrics fid.`);
  }
  const [real, generated] = [await openSide(paths.real, options), await openSide(paths.generated, options)];
  const names = ([["real", real], ["drawn", generated]] as const)
    .flatMap(([what, side]) => "statistics" in side ? [`${what} statistics:${side.digest.slice(0, 8)}`] : []);
  const stories = "stories" in generated ? generated.stories.ids.length : 0;
  const engine = await useEngine("auto", { precision: "float32", device });
  const protocol = { split: "folders", remarks: [], stories, frames: 1, paired: false, seed, bootstrap: 0 };
  const found: Measurement[] = [];
  const digests: Record<string, string> = {};
  const measure = async (network?: FeatureNetwork) => {
    const read = (side: Side) => statisticsOf(side, network, engineKey(engine), options);
    const [a, b] = [await read(real), await read(generated)];
    if (a.mean.length !== b.mean.length) {
      fail(
        `"${paths.real}" has ${a.mean.length} dimensions, and "${paths.generated}" ${b.mean.length}; use one network.`,
      );
    }
    const metric = network ? frechetName(network) : "fid";
    found.push(measurementOf(protocol, { metric, by: [...(network ? [network.name] : []), ...names] }, {
      value: frechetDistance({ ...a, n: 0 }, { ...b, n: 0 }),
      note: "by statistics of an unknown number of vectors, so without an interval",
    }));
    if (network) digests[network.name] = network.digest;
  };
  if (names.length === 2) await measure();
  else {
    const width = [real, generated].flatMap((side) => "statistics" in side ? [side.statistics.mean.length] : [])[0]!;
    const root = options.data ?? dataRoot();
    const networks = await chooseNetworks(options, root, false);
    for (const name of networks.filter((name) => name !== imageEncoderName)) {
      const network = await openNetwork(name, { root, weights: options.weights });
      try {
        if (network.width === width) await measure(network);
        else say(`${name} is left out: its features have ${network.width} dimensions, and the statistics ${width}`);
      } finally {
        network.dispose();
      }
    }
    if (found.length === 0) {
      fail(
        `None of the networks ${networks.join(", ")} has features of ${width} dimensions; name one with --networks.`,
      );
    }
  }
  const described = (side: Side) => (
    { path: side.path, stories: "stories" in side ? side.stories.ids.length : 0, digest: side.digest }
  );
  const folders = { real: described(real), drawn: described(generated) };
  return entriesOf(found, { folders, networks: digests, seed, bootstrap: 0, ...engineAndCode(engine) });
}

async function openSide(path: string, { pictures, say }: EvaluationOptions): Promise<Side> {
  if (isStatistics(path)) {
    const statistics = await readStatistics(path);
    return { path, digest: statistics.digest, statistics };
  }
  const stories = await openStories(path, { pictures, say });
  return { path, digest: stories.digest(), stories };
}

/** The statistics of a side, computed by the network where it has pictures. */
async function statisticsOf(
  side: Side,
  network: FeatureNetwork | undefined,
  engine: string,
  { batch = 8, data = dataRoot(), ...watch }: EvaluationOptions,
): Promise<Pick<Statistics, "mean" | "covariance">> {
  if ("statistics" in side) return side.statistics;
  const cache = { folder: `${data}/folders/features`, pictures: { pictures: side.digest, engine } };
  const { values, width } = await featuresOf(network!, side.stories, { what: side.path, batch, cache, watch });
  return moments(values, width, side.path);
}
