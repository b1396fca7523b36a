/**
 * The interface of a data set that can be prepared.
 *
 * A set is one folder in `sets/`, named like the set, whose `mod.ts` exports a {@link SetSource}: its options, and a
 * function that lists its stories. `prepare/` decodes, checks, counts and writes the pictures of all sets.
 */
import type { z } from "zod";
import type { Archive } from "../files/archive.ts";
import type { Split } from "../store/manifest.ts";
import type { Caption, SceneGraph } from "../store/scene.ts";

/** A frame whose pictures are not read yet. */
export interface SourceFrame {
  /** Where the frame comes from, for messages and reports, e.g. "Pororo_ENGLISH1_1/12". */
  id: string;
  captions: Caption[];
  scene?: SceneGraph | undefined;
  /** Multi-hot vector with one entry for each of {@link Source.labels}. */
  labels?: number[] | undefined;
  /**
   * Reads its pictures, uint8 [64, 64, 3] each: one, or all of a clip, of which training uses one at random.
   *
   * @param remark receives how they were changed, e.g. "in CMYK, converted to RGB"; frames of equal remarks are counted
   * @throws UserError naming the file when it cannot be read
   */
  pictures(remark?: (what: string) => void): Promise<Uint8Array[]>;
}

/** A story as indices of frames; stories may share frames. */
export interface SourceStory {
  /** Unique in the set. */
  id: string;
  split: Split;
  /** T indices into {@link Source.frames}. */
  frames: number[];
}

/** The stories of a data set whose pictures are not read yet. */
export interface Source {
  /** T, the number of frames of a story. */
  length: number;
  frames: SourceFrame[];
  /** Train, val and test in any order; each split keeps its order. */
  stories: SourceStory[];
  /** Ranges of x and y of the scene graphs in pixels, where frames have scene graphs. */
  scene?: { width: number; height: number } | undefined;
  /** Names of the label vector's entries, where frames have labels. */
  labels?: string[] | undefined;
  /** Warnings for the user, e.g. that test frames occur in training; they are printed and written to the report. */
  warnings?: string[];
  /** Number of stories that are not listed because their input is invalid. */
  lost?: number;
  /** Further lines for the report; called after all pictures were read. */
  findings?(): string[];
}

/** Handles invalid input: stops with an error, or skips the input. */
export interface BadInput {
  /**
   * Call this for an invalid input that can be skipped.
   *
   * @param message one sentence that names file and line
   * @throws UserError with the message, unless invalid input is skipped
   */
  drop(message: string): void;
}

/** Options by name; each schema parses text. */
type OptionShape = Record<string, z.ZodType>;

/** What the `mod.ts` of a folder in `sets/` exports as `source`. */
export interface SetSource<O extends OptionShape = OptionShape> {
  name: string;
  /** To be increased by every change that changes a byte of the prepared set. */
  version: number;
  /** Description for `--help`, one line. */
  about: string;
  /** Whether the set is read from a zip or a folder, `--from PATH`. */
  from: boolean;
  /**
   * The options `--key VALUE` of the set: a schema that parses text (`z.coerce.number()`, `z.enum`), with a default and
   * a `.describe()` line for each key.
   */
  options: z.ZodObject<O>;
  /**
   * Digest of the part of the input that a user may edit. It is stored as the option `input`, so that an edited list or
   * another `--from` causes the set to be prepared again.
   */
  fingerprint?(archive: Archive): Promise<string>;
  /** Lists the stories. @param archive given when `from` is true */
  open(options: z.infer<z.ZodObject<O>>, bad: BadInput, archive?: Archive | undefined): Promise<Source>;
}

/** Returns `source`; lets TypeScript infer the type of the options inside `open`. */
export function setSource<O extends OptionShape>(source: SetSource<O>): SetSource<O> {
  return source;
}
