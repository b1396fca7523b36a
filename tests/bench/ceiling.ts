/**
 * `deno task bench ceiling [options]`: how much of a clipart frame do its story's sentences determine? A classifier that
 * reads only words gives a bound that a model which draws from them can hardly pass. README.md here describes how.
 */
import { join, relative } from "node:path";
import { fail } from "../../src/base/errors.ts";
import { projectRoot, writeAtomic } from "../../src/base/files.ts";
import { random } from "../../src/base/random.ts";
import { parseOptions, unknownOption } from "../../src/cli/common/options.ts";
import { runTask } from "../../src/cli/common/run_task.ts";
import { objectsAmong } from "../../src/data/batches/frame_classes.ts";
import { captionOf, fixedCaptions, fixedPictures } from "../../src/data/batches/stories.ts";
import { findTargets, targetsOf } from "../../src/data/batches/targets.ts";
import { openStorySet, type Story, type StorySet } from "../../src/data/store/stories.ts";
import { encode, type Vocabulary } from "../../src/data/store/vocabulary.ts";
import { encodeSafetensors, type StoredTensor } from "../../src/formats/safetensors.ts";
import { bandColours, bands, scaledBand } from "../../src/metrics/frames/colour.ts";
import { resolveConfig } from "../../src/model/config.ts";
import { dataRoot } from "../../src/records/folder.ts";
import { trainingVocabulary } from "../../src/runs/workplace.ts";
import { describeMachine } from "./machine.ts";
import { findPython, pythonVariable, runScript } from "./python.ts";

export const usage = `Usage: deno task bench ceiling [options]

Trains a classifier of objects and a regression of colours on the words of clipart's stories alone, and evaluates them on
the test stories with the sentences that an evaluation uses.

  --data NAME   a data set with scene graphs (default: clipart)

Example: deno task bench ceiling`;

/** Sentences that the training stories are read with, each time others. */
const readings = 4;
/** Words of a sentence that are read, as in the small presets. */
const longest = 25;

/**
 * What {@link main}'s script reads of S stories: `words` [S, T, V], which words each sentence has; `objects` [S, T, K],
 * which each frame has; `colours` [S, T, 6], mean colours of sky and ground in bytes.
 *
 * @param captions the sentence of each frame of a story
 */
export function sideOf(
  set: StorySet,
  vocabulary: Vocabulary,
  stories: Story[],
  captions: (story: Story) => string[],
): Record<"words" | "objects" | "colours", StoredTensor> {
  const V = vocabulary.words.length;
  const words = new Float32Array(stories.length * set.frames * V);
  stories.flatMap(captions).forEach((caption, row) => {
    const { tokens, length } = encode(vocabulary, caption, longest);
    for (const token of tokens.subarray(0, length)) words[row * V + token] = 1;
  });
  const size = { height: set.size, width: set.size };
  const colours = stories.flatMap((story) =>
    fixedPictures(set, story).flatMap((picture) =>
      bands.flatMap((band) => [...bandColours(picture, size, scaledBand(band, set.size))])
    )
  );
  const objects = targetsOf(set, stories, objectsAmong(set, findTargets(set, 0.01)));
  const tensor = (values: ArrayLike<number>): StoredTensor => ({
    dtype: "F32",
    shape: [stories.length, set.frames, values.length / (stories.length * set.frames)],
    data: Float32Array.from(values),
  });
  return { words: tensor(words), objects: tensor(objects), colours: tensor(colours) };
}

export async function main(args: string[]): Promise<void> {
  const { data, _: bare } = parseOptions(args, { string: ["data"], unknown: unknownOption(["data"]) });
  if (bare.length > 0) fail(`Cannot read "${bare[0]}"; this bench takes --data NAME only.`);
  const python = findPython();
  if (!python) fail(`There is no PyTorch: run deno task bench --setup, or set ${pythonVariable} to a Python with it.`);
  const config = resolveConfig("tiny", [`data.name=${data ?? "clipart"}`]);
  const set = await openStorySet(config.data.name, dataRoot());
  const vocabulary = trainingVocabulary(set);
  const stream = random(1, "bench", "ceiling");
  const train = Array.from({ length: readings }, () => set.split("train")).flat();
  const sides = {
    train: sideOf(
      set,
      vocabulary,
      train,
      ({ frames }) => frames.map((frame) => captionOf(frame, "random", () => stream.integer(frame.captions.length))),
    ),
    val: sideOf(set, vocabulary, set.split("val"), (story) => fixedCaptions(story, config)),
    test: sideOf(set, vocabulary, set.split("test"), (story) => fixedCaptions(story, config)),
  };
  const folder = await Deno.makeTempDir();
  try {
    const named = Object.entries(sides).flatMap(([split, side]) =>
      Object.entries(side).map(([name, tensor]) => [`${split}.${name}`, tensor])
    );
    const file = `${folder}/stories.safetensors`;
    await Deno.writeFile(file, encodeSafetensors(Object.fromEntries(named)));
    const result = JSON.parse(await runScript(python, "ceiling.py", [file], "PyTorch's side"));
    console.log(JSON.stringify(result, null, 2));
    const path = join(projectRoot, "tests", "bench", "results", `ceiling-${set.name}.json`);
    const record = { machine: describeMachine(), data: { name: set.name, digest: set.digest }, readings, ...result };
    writeAtomic(path, JSON.stringify(record, null, 2) + "\n");
    console.log(`written to ${relative(Deno.cwd(), path)}`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

if (import.meta.main) await runTask(main, usage);
