/** Files that a run reads beside its data set: word vectors, and the weights of a frozen image encoder. */
import { resolve } from "node:path";
import { fail } from "../base/errors.ts";
import { projectRoot, sha256File } from "../base/files.ts";
import { readGlove } from "../data/files/glove.ts";
import type { Vocabulary } from "../data/store/vocabulary.ts";
import { disposeTree, type State } from "../engine/mod.ts";
import type { Config } from "../model/config.ts";
import { readInception } from "../model/pretrained/inception/weights.ts";
import type { DataRecord } from "../records/create.ts";

/** The file of a setting, whose path is relative to the project's folder or absolute. */
const fileOf = (setting: string) => resolve(projectRoot, setting);

/** The vectors that the embedding of words starts from, and their entry in data.json; empty without `text.glove`. */
export async function wordVectors(
  { text: { glove, embedding } }: Config,
  vocabulary: Vocabulary,
): Promise<{ vectors: Map<number, Float32Array>; glove?: DataRecord["glove"] }> {
  if (glove === "") return { vectors: new Map() };
  const { vectors, digest } = await readGlove(fileOf(glove), vocabulary, embedding);
  return { vectors, glove: { digest, found: vectors.size } };
}

/** The digest of the frozen image encoder's file, checked as by {@link frozenImageEncoder}; undefined for `conv`. */
export async function checkFrozenImageEncoder(config: Config): Promise<string | undefined> {
  const { frozen, towerWeights } = await frozenImageEncoder(config);
  disposeTree(frozen);
  return towerWeights;
}

/**
 * The tensors of the image encoder that are not trained, `inception.*`, and the digest of their file; empty for `conv`.
 *
 * @param recorded the digest in data.json, of a run that is resumed
 * @throws UserError when no file is named, or it does not fit or is another than the recorded one.
 */
export async function frozenImageEncoder(
  { text: { tower, towerWeights } }: Config,
  recorded?: string,
): Promise<{ frozen: State; towerWeights?: string }> {
  if (tower === "conv") return { frozen: {} };
  if (towerWeights === "") {
    fail(
      "text.tower=inception needs the weights of Inception v3: set text.towerWeights=FILE, torchvision's " +
        "inception_v3_google-0cc3c7bd.pth (to download it: deno task fetch weights inception-imagenet).",
    );
  }
  const frozen = await readInception(fileOf(towerWeights));
  const digest = sha256File(fileOf(towerWeights));
  if (recorded !== undefined && recorded !== digest) {
    fail(
      `The weights "${towerWeights}" have SHA-256 ${digest.slice(0, 12)}…, and the run began with ` +
        `${recorded.slice(0, 12)}…; put that file back.`,
    );
  }
  return { frozen, towerWeights: digest };
}
