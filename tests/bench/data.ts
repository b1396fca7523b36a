/**
 * `deno task bench data [options]`: pictures prepared and batches loaded per second, beside PyTorch's DataLoader on the
 * same files. README.md here describes how.
 */
import { availableParallelism } from "node:os";
import { join, relative } from "node:path";
import sharp from "sharp";
import { resolveConfig } from "../../src/model/config.ts";
import { fail } from "../../src/base/errors.ts";
import { projectRoot, writeAtomic } from "../../src/base/files.ts";
import { parseOptions, unknownOption, wholeNumber } from "../../src/cli/common/options.ts";
import { provideData } from "../../src/cli/common/provide_data.ts";
import { runTask } from "../../src/cli/common/run_task.ts";
import { table } from "../../src/cli/common/table.ts";
import { openLoader, openStorySet, prepareSet, type StorySet } from "../../src/data/mod.ts";
import { trainingVocabulary } from "../../src/runs/workplace.ts";
import { describeMachine } from "./machine.ts";
import { findPython, runScript } from "./python.ts";
import { median } from "./statistics.ts";

export const usage = `Usage: deno task bench data [options]

Measures how many pictures are prepared and how many batches are loaded per second.

  --clips N     strips to write and prepare (default: 2000)
  --batches N   timed batches of each kind (default: 200)
  --no-torch    only ours

Example: deno task bench data --clips 500`;

/** Pictures of a strip and their side in pixels: a clip of ten frames. */
const strip = { pictures: 10, side: 100 };
const clipsOfEpisode = 50;

/**
 * Writes a set in the layout of Pororo-SV with pictures of the clip-art set: strips, and descriptions.csv from which the
 * rest is derived.
 */
async function writeStrips(folder: string, set: StorySet, clips: number): Promise<void> {
  const stories = set.split("train");
  const rows: string[] = [];
  for (let clip = 0; clip < clips; clip++) {
    const episode = `Series_${String(Math.floor(clip / clipsOfEpisode)).padStart(3, "0")}`;
    const number = clip % clipsOfEpisode + 1;
    await Deno.mkdir(`${folder}/Series/${episode}`, { recursive: true });
    const frames = [clip, clip + 1].flatMap((i) => stories[i % stories.length]!.frames).slice(0, strip.pictures);
    const layers = await Promise.all(
      set.pictures(frames.map(({ pictures }) => pictures.first)).map(async (pixels, i) => ({
        input: await sharp(pixels, { raw: { width: 64, height: 64, channels: 3 } }).resize(strip.side, strip.side).png()
          .toBuffer(),
        left: 0,
        top: i * strip.side,
      })),
    );
    const size = { width: strip.side, height: strip.side * strip.pictures, channels: 3 as const, background: "#fff" };
    await sharp({ create: size }).composite(layers).png().toFile(`${folder}/Series/${episode}/${number}.png`);
    rows.push(`${episode},${number},"${frames[0]!.captions[0]!.text}"`);
  }
  await Deno.writeTextFile(`${folder}/descriptions.csv`, rows.join("\n") + "\n");
}

/** Milliseconds of each batch of `stories` stories from the data loader of training, without training. */
async function timeOurs(set: StorySet, stories: number, batches: number): Promise<number[]> {
  const config = resolveConfig("tiny", [`train.batch=${stories}`]);
  const loaders = { stories: { kind: "stories", size: stories, sizeKey: "train.batch" } } as const;
  const loader = openLoader(set, trainingVocabulary(set), { config, loaders, noise: {} }, 1);
  try {
    for (let i = 0; i < 50; i++) await loader.next(); // start-up, and prefetched batches
    const times: number[] = [];
    for (let i = 0; i < batches; i++) {
      const start = performance.now();
      await loader.next();
      times.push(performance.now() - start);
    }
    return times;
  } finally {
    loader.close();
  }
}

/** The same by PyTorch, from the prepared files or from the strips. */
async function timeTorch(python: string, prepared: string, stories: number, batches: number, strips?: string) {
  const sizes = [
    "--stories",
    String(stories),
    "--batches",
    String(batches),
    "--workers",
    String(availableParallelism()),
  ];
  const args = [prepared, ...sizes, ...(strips ? ["--strips", strips] : [])];
  const { seconds } = JSON.parse(await runScript(python, "loader.py", args, "PyTorch's loader")) as {
    seconds: number[];
  };
  return seconds.map((s) => s * 1000);
}

/** Batches per second over the whole time: prefetched batches take no time, so a median would be too high. */
const rate = (times: number[]) => 1000 * times.length / times.reduce((a, b) => a + b, 0);

export async function main(args: string[]): Promise<void> {
  const options = parseOptions(args, {
    string: ["clips", "batches"],
    boolean: ["torch"],
    negatable: ["torch"],
    default: { torch: true },
    unknown: unknownOption(["clips", "batches", "torch"]),
  });
  const clips = wholeNumber("clips", options.clips, 100) ?? 2000;
  const batches = wholeNumber("batches", options.batches, 5) ?? 200;
  const python = options.torch ? findPython() : undefined;
  if (options.torch && !python) {
    fail("PyTorch is not installed: run deno task bench --setup, or measure only ours with --no-torch.");
  }
  await provideData("clipart", console.error);

  const root = await Deno.makeTempDir({ prefix: "storyloom-bench-data-" });
  try {
    console.error(`writing ${clips} strips`);
    await writeStrips(`${root}/download`, await openStorySet("clipart"), clips);
    console.error("preparing them");
    const start = performance.now();
    const { manifest } = await prepareSet("pororo", { from: `${root}/download`, root });
    const seconds = (performance.now() - start) / 1000;
    const { pictures, differentFrames } = manifest;
    const preparing = { clips: differentFrames, pictures, seconds, picturesPerSecond: pictures / seconds };

    const set = await openStorySet("pororo", root);
    const prepared = `${root}/pororo/prepared`;
    const serving = [];
    for (const stories of [12, 60]) {
      console.error(`loading batches of ${stories} stories`);
      const rounds: { ours: number[]; prepared: number[]; strips: number[] } = { ours: [], prepared: [], strips: [] };
      for (let round = 0; round < 3; round++) { // in turn, so that changes of the machine's speed affect all
        rounds.ours.push(rate(await timeOurs(set, stories, batches)));
        if (!python) continue;
        rounds.prepared.push(rate(await timeTorch(python, prepared, stories, batches)));
        rounds.strips.push(
          rate(await timeTorch(python, prepared, stories, Math.ceil(batches / 10), `${root}/download`)),
        );
      }
      serving.push({ stories, batchesPerSecond: rounds });
    }
    const shown = (values: number[]) => values.length > 0 ? median(values).toFixed(1) : "";
    const ratio = (ours: number[], theirs: number[]) =>
      theirs.length > 0 ? (median(ours) / median(theirs)).toFixed(2) : "";
    console.log(
      `prepared: ${preparing.picturesPerSecond.toFixed(0)} pictures/s (${clips} strips in ${seconds.toFixed(1)} s)`,
    );
    console.log(table(
      ["batches per second", "ours", "DataLoader, prepared", "ratio", "DataLoader, strips", "ratio"],
      serving.map(({ stories, batchesPerSecond: { ours, prepared, strips } }) => [
        `${stories} stories`,
        shown(ours),
        shown(prepared),
        ratio(ours, prepared),
        shown(strips),
        ratio(ours, strips),
      ]),
    ));
    const path = join(projectRoot, "tests", "bench", "results", `data-${availableParallelism()}-cores.json`);
    const record = { time: new Date().toISOString(), machine: describeMachine(), strip, preparing, serving };
    writeAtomic(path, JSON.stringify(record, null, 2) + "\n");
    console.log(`written to ${relative(Deno.cwd(), path)}`);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

if (import.meta.main) await runTask(main, usage);
