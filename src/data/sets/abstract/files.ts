/**
 * Finds the files of Abstract Scenes v1.1 in a zip or folder, and names all that are missing.
 */
import { fail } from "../../../base/errors.ts";
import { type Archive, archiveAt, findInArchive } from "../../files/archive.ts";
import type { BadInput } from "../source.ts";
import { checkEnd, type Covered, refuseEmpty, sceneOf } from "./list_end.ts";
import { type AbstractScene, readScenes, SCENES } from "./scenes.ts";
import { readSeedSentences, readSentences, type Sentences } from "./sentences.ts";
import { readTuples, type Tuples } from "./tuples.ts";

const scenesFile = "Scenes_10020.txt";
const seedsFile = "Sentences_1002.txt";
const sentencesFile = (author: number) => `SimpleSentences/SimpleSentences${author}_10020.txt`;
const tuplesFile = (author: number) => `SimpleSentences/tuples/TuplesText${author}_10020.txt`;
/** Bytes; the published lists have a few megabytes. */
const listLimit = 2 ** 26;

/** The content of the lists, and the paths of the pictures. */
export interface AbstractFiles {
  scenes: AbstractScene[];
  /** The sentences of each author whose file exists, in the order of the authors. */
  authors: Sentences[];
  /** The tuples of the same authors, where the file exists. */
  tuples: (Tuples | undefined)[];
  /** The sentence of each set; an empty list without the file. */
  seeds: string[];
  /** File and line of each sentence that was skipped because its author has more than three for the scene. */
  surplus: string[];
  /** Path of the published picture of a scene. */
  rendered(scene: AbstractScene): string | undefined;
  /** Path of a clip-art picture by its stem; the file name may have a final "s" that the stem lacks. */
  clipArt(stem: string): string | undefined;
  /** Reads a file by one of these paths. */
  read(path: string): Promise<Uint8Array>;
  /** Warnings about missing optional files and their consequences, and about lists that end early. */
  missing: string[];
}

/**
 * Reads all lists, and finds the pictures without reading them.
 *
 * @throws UserError that names all missing required files, or the first error in one of the lists
 */
export async function readFiles(archive: Archive, bad: BadInput): Promise<AbstractFiles> {
  requireFiles(archive);
  const top = archiveAt(archive, scenesFile);
  const read = (path: string) => top.read(path, listLimit);
  const scenes = readScenes(await read(scenesFile), scenesFile, bad);
  const lastSet = scenes.reduce((most, { set }) => Math.max(most, set), 0);
  const ends: string[] = [];
  const list = async (path: string, covered: Omit<Covered, "last">) => {
    const last = covered.unit === "set" ? lastSet : lastSet * SCENES + SCENES - 1;
    const { bytes, warnings } = checkEnd(await read(path), path, { ...covered, last }, bad);
    ends.push(...warnings);
    return bytes;
  };
  const byScene = { unit: "scene", numberOf: sceneOf };
  const authorNumbers = [1, 2].filter((author) => top.has(sentencesFile(author)));
  const authors: Sentences[] = [];
  const tuples: (Tuples | undefined)[] = [];
  for (const author of authorNumbers) {
    const sentences = readSentences(await list(sentencesFile(author), byScene), sentencesFile(author), bad);
    if (sentences.byScene.size === 0) refuseEmpty(sentencesFile(author), "sentence", bad);
    else authors.push(sentences);
    const path = tuplesFile(author);
    const stated = top.has(path) ? readTuples(await list(path, byScene), path, bad) : undefined;
    if (stated?.size === 0) refuseEmpty(path, "tuple", bad);
    if (sentences.byScene.size > 0) tuples.push(stated);
  }
  if (authors.length === 0) {
    fail(`No file of sentences in "${archive.where}" has a sentence; replace them by the published files.`);
  }
  const seeds = top.has(seedsFile)
    ? readSeedSentences(await list(seedsFile, { unit: "set", numberOf: (_text, line) => line }), seedsFile, bad)
    : undefined;
  if (seeds?.every((sentence) => sentence === "")) refuseEmpty(seedsFile, "sentence", bad);
  const hasRendered = top.paths.some(isRendered);
  const hasClipArt = top.paths.some(isClipArt);
  const missing = [
    ...ends,
    ...[1, 2].filter((author) => !authorNumbers.includes(author)).map((author) =>
      `There is no ${sentencesFile(author)}: the scenes lack the sentences of author ${author}`
    ),
    ...top.has(seedsFile) ? [] : [`There is no ${seedsFile}: scenes without sentences cannot be used`],
    ...hasRendered ? [] : ["There is no RenderedScenes folder: the kit renders every scene from its clip art"],
    ...hasClipArt ? [] : ["There is no Pngs folder: the kit's renderer cannot be compared with the published pictures"],
  ];
  return {
    scenes,
    authors,
    tuples,
    seeds: seeds ?? [],
    surplus: authors.flatMap(({ surplus }) => surplus),
    rendered: ({ set, index }) => existing(`RenderedScenes/Scene${set}_${index}.png`),
    clipArt: (stem) => existing(`Pngs/${stem}s.png`) ?? existing(`Pngs/${stem}.png`),
    read: (path) => top.read(path),
    missing,
  };
  function existing(path: string): string | undefined {
    return top.has(path) ? path : undefined;
  }
}

const isRendered = (path: string) => /(^|\/)RenderedScenes\/Scene\d+_\d+\.png$/.test(path);
const isClipArt = (path: string) => /(^|\/)Pngs\/[a-z]+\d?_\d+s?\.png$/.test(path);

/** Names all missing required files in one error. */
function requireFiles({ where, paths }: Archive): void {
  const has = (file: string) => findInArchive({ paths }, file) !== undefined;
  const missing = [
    ...has(scenesFile) ? [] : [`${scenesFile} (the objects of each scene)`],
    ...has(sentencesFile(1)) || has(sentencesFile(2))
      ? []
      : [`${sentencesFile(1)} and ${sentencesFile(2)} (the sentences; one of both files is enough)`],
    ...paths.some(isRendered) || paths.some(isClipArt)
      ? []
      : ["RenderedScenes/Scene0_0.png and so on (the pictures), or Pngs (the clip art to render them from)"],
  ];
  if (missing.length === 0) return;
  fail(
    `"${where}" is not a complete copy of Abstract Scenes v1.1. It lacks: ${missing.join("; ")}. Add these files; ` +
      `${seedsFile} and SimpleSentences/tuples are optional.`,
  );
}
