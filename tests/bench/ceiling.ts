/**
 * `deno task bench ceiling [options]`: how much of a clipart frame do its story's sentences determine? A classifier that
 * reads only words gives a bound that a model which draws from them can hardly pass. README.md here describes how.
 */
import { parseArgs } from "@std/cli";
import { join, relative } from "node:path";
import { fail } from "../../src/base/errors.ts";
import { projectRoot, writeAtomic } from "../../src/base/files.ts";
import { random } from "../../src/base/random.ts";
import { unknownOption } from "../../src/cli/common/options.ts";
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
import { findPython, pythonVariable, torchFolder } from "./python.ts";

export const usage = `Usage: deno task bench ceiling [options]

Trains a classifier of objects and a regression of colours on the words of clipart's stories alone, and evaluates them on
the test stories with the sentences that an evaluation uses.

  --data NAME   a data set with scene graphs (default: clipart)

Example: deno task bench ceiling`;

/** Sentences that the training stories are read with, each time others. */
const readings = 4;

/** Words, objects and colours of stories, for {@link torchFolder}/ceiling.py. */
interface Side {
  /** Which words each sentence has [S·T·V]. */
  words: Float32Array;
  /** Which objects each frame has [S·T·K]. */
  objects: Float32Array;
  /** Mean colours of sky and ground [S·T·6], in bytes. */
  colours: Float32Array;
}

/** @param captions the sentence of each frame of a story */
export function sideOf(
  set: StorySet,
  vocabulary: Vocabulary,
  stories: Story[],
  captions: (story: Story) => string[],
): Side {
  const V = vocabulary.words.length;
  const words = new Float32Array(stories.length * set.frames * V);
  stories.flatMap(captions).forEach((caption, row) => {
    const { tokens, length } = encode(vocabulary, caption, 25);
    for (const token of tokens.subarray(0, length)) words[row * V + token] = 1;
  });
  const colours = stories.flatMap((story) =>
    fixedPictures(set, story).flatMap((picture) =>
      bands.flatMap((band) => [
        ...bandColours(picture as Uint8Array, { height: set.size, width: set.size }, scaledBand(band, set.size)),
      ])
    )
  );
  const objects = Float32Array.from(targetsOf(set, stories, objectsAmong(set, findTargets(set, 0.01))));
  return { words, objects, colours: Float32Array.from(colours) };
}

export async function main(args: string[]): Promise<void> {
  const { data, _: bare } = parseArgs(args, { string: ["data"], unknown: unknownOption(["data"]) });
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
    const tensors: Record<string, StoredTensor> = {};
    for (const [split, side] of Object.entries(sides)) {
      const stories = set.split(split as keyof typeof sides).length * (split === "train" ? readings : 1);
      for (const [name, values] of Object.entries(side)) {
        const shape = [stories, set.frames, values.length / (stories * set.frames)];
        tensors[`${split}.${name}`] = { dtype: "F32", shape, data: values };
      }
    }
    await Deno.writeFile(`${folder}/stories.safetensors`, encodeSafetensors(tensors));
    const { success, stdout, stderr } = await new Deno.Command(python, {
      args: [`${torchFolder}/ceiling.py`, `${folder}/stories.safetensors`],
      stdin: "null",
    }).output();
    if (!success) fail(`PyTorch's side failed: ${new TextDecoder().decode(stderr).trim().split("\n").at(-1)}`);
    const result = JSON.parse(new TextDecoder().decode(stdout));
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
