/** Cosines between texts and pictures in the space of a DAMSM encoder, and between words. */
import type { Config } from "../../model/config.ts";
import { fail } from "../../base/errors.ts";
import { disposeTree, tf } from "../../engine/mod.ts";
import { cosines } from "../../model/damsm/loss.ts";
import { readStoredEncoder } from "../../runs/stored_encoder.ts";
import { joinBytes, uploadPictures } from "../gallery.ts";
import type { TextEvaluator } from "../text_evaluator.ts";
import { checkpointPath } from "../../records/checkpoints.ts";

/**
 * Cosines of every picture with every text, [picture][text].
 *
 * @param pictures uint8 [64·64·3] each
 */
export async function alignment(
  evaluator: TextEvaluator,
  pictures: Uint8Array[],
  texts: string[],
): Promise<number[][]> {
  const codes = await evaluator.encode(texts);
  const images = uploadPictures(joinBytes(pictures), {
    ids: [],
    frames: 1,
    height: 64,
    width: 64,
    read: () => pictures[0]!,
  });
  const pictureCodes = evaluator.imageEncoder.features(images); // [N, D]
  const textCodes = tf.tensor(codes, [texts.length, pictureCodes.shape[1]!]); // [M, D]
  const all = cosines(pictureCodes, textCodes); // [N, M]
  const values = await all.array() as number[][];
  disposeTree([images, pictureCodes, textCodes, all]);
  return values;
}

/**
 * The words of the vocabulary nearest to a word, by the cosine of their embeddings; without the word itself.
 *
 * @param encoderRun folder of a pre-training run
 * @throws UserError for a word that is not in the vocabulary.
 */
export async function nearestWords(
  config: Config,
  encoderRun: string,
  word: string,
  count = 6,
): Promise<{ word: string; cosine: number }[]> {
  const { encoder, vocabulary } = readStoredEncoder(checkpointPath(encoderRun, "best"), config);
  const index = vocabulary.index.get(word) ?? fail(`The word "${word}" is in no training caption; choose another one.`);
  const embedding = encoder["text.embedding"]!; // [V, E]
  const all = cosines(tf.slice(embedding, [index, 0], [1, -1]), embedding); // [1, V]
  const values = await all.data();
  disposeTree([encoder, all]);
  return vocabulary.words.map((word, i) => ({ word, cosine: values[i]! }))
    .filter((_, i) => i > 1 && i !== index) // // without <pad> and <unk>
    .sort((a, b) => b.cosine - a.cosine).slice(0, count);
}
