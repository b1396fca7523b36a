/**
 * What an inspection leaves in a run folder, `inspection/`: small enough to be committed, so that figures can be drawn
 * where there is neither the checkpoint nor the data set.
 *
 * Every JSON file begins with `of`: the checkpoint, the data and the code that all in it was made from. `stories.json` is
 * written last and has the digests of all other files.
 */
import { fail } from "../base/errors.ts";
import { readJson, reason, sha256, writeAtomic } from "../base/files.ts";
import type { Provenance } from "./evaluation.ts";
import { exists } from "./checkpoints.ts";

/** What an inspection depends on. */
export type Origin =
  & Required<Pick<Provenance, "checkpoint" | "data">>
  & Pick<Provenance, "engine" | "commit" | "code">
  & {
    split: "test" | "val";
    /** Seeds noise and intervals, as in an evaluation. */
    seed: number;
  };

/** A story, real and as the run draws it, each frame beside the next in `ID.real.png` and `ID.drawn.png`. */
export interface InspectedStory {
  id: string;
  /** One a frame: those that the story was drawn from. */
  captions: string[];
}

/** stories.json. */
export interface StoriesFile {
  of: Origin;
  /** T, and the side of a frame in pixels. */
  frames: number;
  size: number;
  /** The same for every run of the data set; a longer list begins with the shorter. */
  stories: InspectedStory[];
  /** SHA-256 of each other file of the folder. */
  files: Record<string, string>;
}

/** p(SA) = σ(u) of a block where captions of one level are read. */
export interface LevelStatistics {
  mean: number;
  /** Over the frames. */
  sd: number;
  /** Frames. */
  n: number;
  /** Share of the frames for which inference takes self-attention: u > 0. */
  chosen: number;
  /** Of the mean, resampled by story: where 95 of 100 lie; absent with one story. */
  interval?: { low: number; high: number };
  /** Mean of each story, in the order of `stories`. */
  perStory: number[];
}

/** selectors.json. */
export interface SelectorsFile {
  of: Origin;
  /** Stories of the statistics, the same for each level. */
  stories: string[];
  /** Levels of detail of the captions, the barest first; `caption` alone where the data set has no levels. */
  levels: string[];
  /** Blocks that choose. Blocks of the discriminator stand there twice: judging drawn and real frames. */
  blocks: {
    block: string;
    network: "generator" | "discriminator";
    /** Height and width of the feature map. */
    size: number;
    pictures: "drawn" | "real";
    levels: Record<string, LevelStatistics>;
  }[];
  /** Blocks that have one attention alone. */
  fixed: { block: string; network: "generator" | "discriminator"; size: number; mode: "sa" | "wsa" }[];
}

/** Where the places of one frame's feature map look, for one block of the generator. */
export interface WordAttentionMaps {
  block: string;
  size: number;
  story: string;
  frame: number;
  caption: string;
  /** p(SA), where the block chooses. With p(SA) > 0.5 the frame was drawn by self-attention, and these looks had no part. */
  probability?: number;
  words: string[];
  /** The least and greatest weight of all maps. */
  low: number;
  high: number;
  /** One a word: size·size bytes in base64, row after row; a byte b stands for low + (high − low)·b/255. */
  maps: string[];
}

/** attention.json. */
export interface AttentionFile {
  of: Origin;
  looks: WordAttentionMaps[];
}

/** A story that was drawn badly. */
export interface Failure extends InspectedStory {
  score: number;
  /** The score of the story's real frames. */
  real: number;
  /** By a classifier: objects that should be in some frame and are not seen in it, and the reverse, with the frames. */
  missing?: Record<string, number>;
  extra?: Record<string, number>;
}

/** failures.json: the stories with the lowest score, the worst first. */
export interface FailuresFile {
  of: Origin;
  /** What is measured of each story, by which network, and in which unit. */
  score: { metric: "object-f1" | "cosine"; by: string; digest: string; unit: string };
  /** Stories that were judged, and their scores' mean. */
  judged: number;
  mean: number;
  failures: Failure[];
}

/** All of an inspection. */
export interface Inspection {
  folder: string;
  stories: StoriesFile;
  selectors: SelectorsFile;
  attention: AttentionFile;
  failures: FailuresFile;
}

const names = ["selectors", "attention", "failures"] as const;

/** Whether a run was inspected. */
export function isInspected(run: string): boolean {
  return exists(`${run}/inspection/stories.json`);
}

/** Reads the inspection of a run. @throws UserError when there is none, or a file is missing or not what was written. */
export function readInspection(run: string): Inspection {
  const folder = `${run}/inspection`;
  if (!isInspected(run)) fail(`The run "${run}" was not inspected: deno task inspect ${run.split("/").at(-1)}.`);
  const stories = readJson<StoriesFile>(`${folder}/stories.json`);
  for (const file of Object.keys(stories.files ?? {})) readInspected(folder, stories, file);
  const part = <T>(name: string) => readJson<T>(`${folder}/${name}.json`);
  return {
    folder,
    stories,
    selectors: part("selectors"),
    attention: part("attention"),
    failures: part("failures"),
  };
}

/** The bytes of a strip, `ID.real.png` or `ID.drawn.png`. */
export function readStrip({ folder, stories }: Inspection, id: string, side: "real" | "drawn"): Uint8Array {
  return readInspected(folder, stories, `${id}.${side}.png`);
}

function readInspected(folder: string, { files }: StoriesFile, file: string): Uint8Array {
  const path = `${folder}/${file}`;
  let bytes: Uint8Array;
  try {
    bytes = Deno.readFileSync(path);
  } catch (error) {
    fail(`Cannot read "${path}": ${reason(error)}; inspect the run again.`, error);
  }
  if (sha256(bytes) !== files[file]) {
    fail(`"${path}" is not the file that stories.json has the digest of; inspect the run again.`);
  }
  return bytes;
}

/** Writes an inspection in place of an earlier one. */
export function writeInspection(
  run: string,
  inspection: Omit<Inspection, "folder" | "stories"> & { stories: Omit<StoriesFile, "files"> },
  strips: Map<string, Uint8Array>,
): void {
  const folder = `${run}/inspection`;
  const text = (value: unknown) =>
    JSON.stringify(value, null, 1).replace(/\n +(?=-?[\d.e-]+,?\n|-?[\d.e-]+$)/g, "") + "\n";
  const files = new Map<string, Uint8Array | string>([
    ...names.map((name) => [`${name}.json`, text(inspection[name])] as const),
    ...strips,
  ]);
  const digests = Object.fromEntries([...files].map(([name, content]) => [name, sha256(content)]));
  try {
    Deno.mkdirSync(folder, { recursive: true });
    for (const { name } of Deno.readDirSync(folder)) if (!files.has(name)) Deno.removeSync(`${folder}/${name}`);
  } catch (error) {
    fail(`Cannot write into "${folder}": ${reason(error)}.`, error);
  }
  for (const [name, content] of files) writeAtomic(`${folder}/${name}`, content);
  writeAtomic(`${folder}/stories.json`, text({ ...inspection.stories, files: digests }));
}
