/**
 * What a data set has to say for itself.
 *
 * A set is one file in `sets/`, named like the set, that exports a {@link SetSource}: which options it takes and how its
 * stories are found. Pictures are decoded, checked, counted and written by the prepare room alike for all sets.
 */
import type { z } from "zod";
import type { Archive } from "../files/archive.ts";
import type { Split } from "../store/manifest.ts";
import type { Caption, SceneGraph } from "../store/scene.ts";

/** One frame, before its pictures are read. */
export interface SourceFrame {
  /** Where it comes from, for messages and reports, e.g. "Pororo_ENGLISH1_1/12". */
  id: string;
  captions: Caption[];
  scene?: SceneGraph;
  /** Multi-hot, as long as {@link Source.labels}. */
  labels?: number[];
  /**
   * Its pictures, uint8 [64, 64, 3] each: one, or those of a clip, of which training takes one at random.
   *
   * @throws UserError naming the file when it cannot be read.
   */
  pictures(): Promise<Uint8Array[]>;
}

/** A story as numbers of frames; two stories may share frames. */
export interface SourceStory {
  /** Unique in the set. */
  id: string;
  split: Split;
  /** Numbers into {@link Source.frames}, T of them. */
  frames: number[];
}

/** A data set that was found and understood, its pictures still unread. */
export interface Source {
  /** T. */
  length: number;
  frames: SourceFrame[];
  /** Train, val and test in any order; each split keeps its order. */
  stories: SourceStory[];
  /** Width and height that x and y of the scene graphs count; left out where there are none. */
  scene?: { width: number; height: number };
  /** Names of the label vector's entries, where frames have labels. */
  labels?: string[];
  /** What a user ought to know, such as a split whose test frames occur in training; printed and kept in the report. */
  warnings?: string[];
  /** More lines for the report, e.g. how far the renderer is from the rendered scenes; asked for after all pictures. */
  findings?(): string[];
}

/** What to do about bad input: refuse it, or drop it and go on. */
export interface BadInput {
  /**
   * Called for a piece of input that cannot be used and can be left out.
   *
   * @param message one sentence with file and line
   * @throws UserError with the message unless bad input is to be skipped
   */
  drop(message: string): void;
}

/** Options by name, each a schema that reads text. */
type OptionShape = Record<string, z.ZodType>;

/** What a file in `sets/` exports as `source`. */
export interface SetSource<O extends OptionShape = OptionShape> {
  name: string;
  /** Raised by every change that changes a byte of the prepared set. */
  version: number;
  /** One line for `--help`. */
  about: string;
  /** Whether the set is read from a download, `--from PATH`, a zip or a folder. */
  from: boolean;
  /**
   * Options of its own, `--key VALUE`: a schema that reads text (`z.coerce.number()`, `z.enum`), with a default and a
   * `.describe()` line for each key.
   */
  options: z.ZodObject<O>;
  /**
   * A digest of what a user may change in place, kept among the set's options as `input`, so that another `--from` or an
   * edited list makes the set anew.
   */
  fingerprint?(archive: Archive): Promise<string>;
  /** Finds the stories. `archive` is there where `from` is true. */
  open(options: z.infer<z.ZodObject<O>>, bad: BadInput, archive?: Archive): Promise<Source>;
}

/** Lets TypeScript know the options inside `open`. */
export function setSource<O extends OptionShape>(source: SetSource<O>): SetSource<O> {
  return source;
}
