/**
 * `deno task features --network NAME --images DIR --out FILE.npy`: features of pictures or stories by a network, as a
 * float32 matrix or as statistics for other programs.
 */
import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { resolveConfig } from "../../model/config.ts";
import { fail } from "../../base/errors.ts";
import { writeAtomic } from "../../base/files.ts";
import { counted } from "../../base/text.ts";
import { encodeNpy } from "../../formats/npy.ts";
import { openStories } from "../../data/files/picture_arrays.ts";
import { useEngine } from "../../engine/mod.ts";
import { networkNames, openNetwork } from "../../metrics/networks.ts";
import { featuresOf } from "../../evaluation/features.ts";
import { writeStatistics } from "../../evaluation/statistics/files.ts";
import { moments } from "../../metrics/frechet.ts";
import { dataRoot } from "../../records/folder.ts";
import { ensureEngine } from "../common/engine.ts";
import { deviceOverride, parseOptions, unknownOption, wholeNumber } from "../common/options.ts";
import { fullPath } from "../common/paths.ts";
import { progress } from "../common/progress.ts";
import { runTask } from "../common/run_task.ts";
import { wrapped } from "../common/usage.ts";

const usage = `Usage: deno task features --network NAME --images DIR --out FILE.npy [options]

Computes features of pictures or stories by a feature network and writes them as a matrix for other programs.

  --network N     ${wrapped(`inception, r2plus1d, or one of ${networkNames.join(", ")}`, 18)}
  --mode M        input of r2plus1d: published (64×64 in [-1, 1]) or kinetics (112×112, normalised, as in its training)
  --weights FILE  weights to use (default: the published file in data/weights)
  --images DIR    pictures, or a folder for each story with frames 0.png, 1.png, …; or a .npy array of them
  --out FILE.npy  float32 [pictures, 2048] of inception, [stories, 512] of r2plus1d; in natural order of the names;
                  FILE.npz: their mean and covariance, mu and sigma, as pytorch-fid writes and reads them
  --batch N       stories at a time; changes speed and memory only (default: 8)
  --device D      cpu, cuda or cuda:N (default: a GPU where there is one)

Example: deno task features --network inception --images my-stories --out features.npy`;

const options = ["network", "mode", "weights", "images", "out", "batch", "device"] as const;
const short: Record<string, string> = { inception: "inception-2015-12-05", r2plus1d: "r2plus1d-18" };

/**
 * The full name of a network.
 *
 * @throws UserError when there is no such network, or its mode is missing, unknown or not applicable.
 */
export function networkOf(network: string, mode?: string): string {
  const base = short[network] ?? network;
  const modes = networkNames.filter((name) => name.startsWith(`${base}.`)).map((name) => name.slice(base.length + 1));
  if (modes.length === 0) {
    if (mode !== undefined) fail(`--mode is for networks with more than one input mode; "${network}" has one.`);
    return base;
  }
  if (mode === undefined) fail(`Choose the input mode of ${network}: --mode ${modes.join(" or --mode ")}.`);
  if (!modes.includes(mode)) fail(`--mode is ${modes.join(" or ")}, not "${mode}".`);
  return `${base}.${mode}`;
}

async function main(args: string[]): Promise<void> {
  const { network, mode, weights, images, out, _: [extra], ...given } = parseOptions(args, {
    string: [...options, "_"],
    unknown: unknownOption(options),
  });
  if (extra !== undefined) fail(`Cannot read "${extra}": this task takes options only.`);
  if (network === undefined) fail(`Name the network: --network inception, or --network r2plus1d --mode published.`);
  if (images === undefined) fail("Name the folder of pictures or stories: --images DIR.");
  if (out === undefined) fail("Name the file to write: --out FILE.npy.");
  if (!/\.np[yz]$/.test(out)) fail(`--out writes .npy or, for statistics, .npz; "${out}" ends in neither.`);
  if (!existsSync(dirname(out))) fail(`There is no folder "${dirname(out)}" to write "${out}" into.`);
  const batch = wholeNumber("batch", given.batch, 1) ?? 8;
  const { device } = resolveConfig("tiny", deviceOverride(given.device)); // refuses an unknown device
  const name = networkOf(network, mode);

  const stories = await openStories(images, { say: (line) => console.error(`warning: ${line}`) });
  await ensureEngine("auto");
  await useEngine("auto", { precision: "float32", device });
  const opened = await openNetwork(name, { weights, root: dataRoot() });
  const bar = progress(name, stories.ids.length, "stories");
  const start = performance.now();
  try {
    const { values, width } = await featuresOf(opened, stories, {
      what: images,
      batch,
      cache: { pictures: images },
      watch: { progress: (_stage, done) => bar.update(done) },
    });
    const seconds = (performance.now() - start) / 1000;
    bar.done();
    if (out.endsWith(".npz")) writeStatistics(out, moments(values, width, images));
    else writeAtomic(out, encodeNpy(values, width));
    const pictures = stories.ids.length * stories.frames;
    console.log(
      `${fullPath(out)}: ${values.length / width} × ${width} by ${opened.name} (digest ${
        opened.digest.slice(0, 16)
      }), ` +
        `${counted(pictures, "picture")} in ${seconds.toFixed(1)} s, ${(pictures / seconds).toFixed(1)} per second`,
    );
  } finally {
    opened.dispose();
  }
}

if (import.meta.main) await runTask(main, usage);
