/**
 * Finds the files of Abstract Scenes v1.1 in a zip or folder, and says exactly which are missing.
 */
import { fail } from "../../../base/errors.ts";
import { type Archive, archiveAt, findInArchive } from "../../files/archive.ts";
import type { BadInput } from "../source.ts";
import { type AbstractScene, readScenes } from "./scenes.ts";
import { readSeedSentences, readSentences, type Sentences } from "./sentences.ts";
import { readTuples, type Tuples } from "./tuples.ts";

const scenesFile = "Scenes_10020.txt";
const seedsFile = "Sentences_1002.txt";
const sentencesFile = (author: number) => `SimpleSentences/SimpleSentences${author}_10020.txt`;
const tuplesFile = (author: number) => `SimpleSentences/tuples/TuplesText${author}_10020.txt`;
/** The lists have some megabytes. */
const listLimit = 2 ** 26;

/** What was read, and where the pictures are. */
export interface AbstractFiles {
  scenes: AbstractScene[];
  /** Of the authors that are there, first the first. */
  authors: Sentences[];
  /** Of the same authors, where the file is there. */
  tuples: (Tuples | undefined)[];
  /** The sentence of each set; empty without the file. */
  seeds: string[];
  /** Sentences of both authors that were left out for their number. */
  surplus: number;
  /** Path of a scene's rendered picture. */
  rendered(scene: AbstractScene): string | undefined;
  /** Path of a clip-art picture by stem; its name may end in an "s" that is not in the stem. */
  clipArt(stem: string): string | undefined;
  /** Bytes of a file in the folder that these paths start from. */
  read(path: string): Promise<Uint8Array>;
  /** Optional files that are not there, and what that costs. */
  missing: string[];
}

/**
 * Reads all lists; pictures are only found.
 *
 * @throws UserError that names every file that is missing and needed, or what is wrong in one of them.
 */
export async function readFiles(archive: Archive, bad: BadInput): Promise<AbstractFiles> {
  refuseIncomplete(archive);
  const top = archiveAt(archive, scenesFile);
  const read = (path: string) => top.read(path, listLimit);
  const authorNumbers = [1, 2].filter((author) => top.has(sentencesFile(author)));
  const authors: Sentences[] = [];
  const tuples: (Tuples | undefined)[] = [];
  for (const author of authorNumbers) {
    authors.push(readSentences(await read(sentencesFile(author)), sentencesFile(author), bad));
    const path = tuplesFile(author);
    tuples.push(top.has(path) ? readTuples(await read(path), path, bad) : undefined);
  }
  const hasRendered = top.paths.some(isRendered);
  const hasClipArt = top.paths.some(isClipArt);
  const missing = [
    ...[1, 2].filter((author) => !authorNumbers.includes(author)).map((author) =>
      `There is no ${sentencesFile(author)}, so no scene has the sentences of author ${author}`
    ),
    ...top.has(seedsFile) ? [] : [`There is no ${seedsFile}, so a scene without sentences has not even its set's`],
    ...hasRendered ? [] : ["There is no RenderedScenes folder: the kit draws every scene from its clip art"],
    ...hasClipArt ? [] : ["There is no Pngs folder: the kit's drawing cannot be compared with the rendered scenes"],
  ];
  return {
    scenes: readScenes(await read(scenesFile), scenesFile, bad),
    authors,
    tuples,
    seeds: top.has(seedsFile) ? readSeedSentences(await read(seedsFile), seedsFile, bad) : [],
    surplus: authors.reduce((sum, { surplus }) => sum + surplus, 0),
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

/** Names everything that is missing and needed in one message, so that nobody has to fetch files one by one. */
function refuseIncomplete({ where, paths }: Archive): void {
  const has = (file: string) => findInArchive({ paths }, file) !== undefined;
  const lacks = [
    ...has(scenesFile) ? [] : [`${scenesFile} (what stands where in each scene)`],
    ...has(sentencesFile(1)) || has(sentencesFile(2))
      ? []
      : [`${sentencesFile(1)} and ${sentencesFile(2)} (the sentences; one of both is enough)`],
    ...paths.some(isRendered) || paths.some(isClipArt)
      ? []
      : ["RenderedScenes/Scene0_0.png and so on (the pictures), or Pngs (the clip art to draw them from)"],
  ];
  if (lacks.length === 0) return;
  fail(
    `"${where}" is not Abstract Scenes v1.1, or not all of it. It lacks: ${lacks.join("; ")}. ` +
      `${seedsFile} and SimpleSentences/tuples are optional.`,
  );
}
