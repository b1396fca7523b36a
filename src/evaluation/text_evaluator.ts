/** The DAMSM encoder as an evaluator: its image encoder as a feature network, and its sentence codes of texts. */
import { type Config, validateConfig } from "../model/config.ts";
import { fail } from "../base/errors.ts";
import { digestJson, readJson } from "../base/files.ts";
import type { StorySet } from "../data/store/stories.ts";
import { encode, type Vocabulary } from "../data/store/vocabulary.ts";
import { disposeTree, jit, type State, type Tensor, tf } from "../engine/mod.ts";
import type { FeatureNetwork } from "../metrics/features.ts";
import { encodeText } from "../model/damsm/text_encoder.ts";
import { encodeImage } from "../model/damsm/image_encoder.ts";
import { digestState, readCheckpoint, readState } from "../train/checkpoint.ts";
import { readStoredEncoder } from "../runs/stored_encoder.ts";
import type { DataRecord } from "../records/create.ts";
import { frozenImageEncoder } from "../runs/sources.ts";
import { readStatus } from "../records/status.ts";

/** A trained DAMSM encoder that evaluates; `dispose` frees it. */
export interface TextEvaluator {
  /** Its name in metric names, `damsm:1a2b3c4d`, by the digest of its checkpoint. */
  name: string;
  /** SHA-256 of the state of its checkpoint, as in digests.json of its run. */
  digest: string;
  /** The image encoder as a feature network, `damsm-tower:1a2b3c4d`. */
  imageEncoder: FeatureNetwork;
  /**
   * Sentence codes of texts [N, D]. Each text is cut after `words` words; default: the length that the encoder was
   * trained with.
   */
  encode(texts: string[], words?: number): Promise<Float32Array>;
  dispose(): void;
}

/** Texts per forward pass. */
const batch = 64;

/**
 * Checks that an encoder can evaluate stories of a data set: on other data it would not know their words.
 *
 * @throws UserError when its run is not finished, or was trained on other data.
 */
export function checkEncoder(folder: string, set: StorySet): void {
  const { state } = readStatus(folder);
  if (state !== "finished") {
    fail(`The text encoder "${folder}" is ${state}; finish it first (deno task resume).`);
  }
  const { name, digest } = readJson<DataRecord>(`${folder}/data.json`);
  if (digest === set.digest) return;
  fail(
    `The text encoder "${folder}" was trained on ${name} (${
      digest.slice(0, 12)
    }), and the stories are of ${set.name} ` +
      `(${set.digest.slice(0, 12)}); train one on the same data: deno task damsm --data ${set.name}.`,
  );
}

/**
 * Opens the encoder of a run: the copy inside a GAN run, or the best checkpoint of a pre-training run.
 *
 * @throws UserError when there is none, or its tensors do not fit its configuration.
 */
export async function openTextEvaluator(folder: string): Promise<TextEvaluator> {
  const { kind } = readStatus(folder);
  if (kind !== "gan" && kind !== "damsm") fail(`"${folder}" has no text encoder; name a GAN or DAMSM run.`);
  const config = validateConfig(readJson(`${folder}/config.json`));
  const path = `${folder}/checkpoints/${kind === "gan" ? "text" : "best"}.safetensors`;
  const { encoder, vocabulary } = readStoredEncoder(path, config);
  const { towerWeights, frozen } = await frozenImageEncoder(
    config,
    readJson<DataRecord>(`${folder}/data.json`).towerWeights,
  );
  const digest = readCheckpoint(path).metadata.state ?? "";
  const content = digestState(await readState(encoder));
  const state = { ...encoder, ...frozen };
  const short = digest.slice(0, 8);
  const encodeSentences = jit(
    (text: State, tokens: Tensor, mask: Tensor) => encodeText(config, text, tokens, mask).sentence,
    { name: "read-texts" },
  );
  const imageEncoder = imageEncoderNetwork(
    config,
    state,
    `damsm-tower:${short}`,
    digestJson({ content, towerWeights }),
  );
  return {
    name: `damsm:${short}`,
    digest,
    imageEncoder,
    encode: (texts, words = config.data.words) =>
      encodeTexts(texts, words, vocabulary, config.text.width, (tokens, mask) => encodeSentences(state, tokens, mask)),
    dispose() {
      imageEncoder.dispose();
      encodeSentences.dispose();
      disposeTree(state);
    },
  };
}

function imageEncoderNetwork(config: Config, state: State, name: string, digest: string): FeatureNetwork {
  const encoder = jit(
    (weights: State, pictures: Tensor) => encodeImage(config, weights, pictures, false).global,
    { name: "damsm-tower" },
  );
  return {
    name,
    digest,
    of: "frames",
    width: config.text.width,
    features(images) {
      const [N, T, H, W] = images.shape as number[];
      if (H !== 64 || W !== 64) {
        fail(`The DAMSM image encoder takes frames of 64×64, and these are ${H}×${W}; resize them first.`);
      }
      return tf.tidy(() => encoder(state, images.reshape([N! * T!, 64, 64, 3])));
    },
    dispose: () => encoder.dispose(),
  };
}

async function encodeTexts(
  texts: string[],
  L: number,
  vocabulary: Vocabulary,
  width: number,
  encodeBatch: (tokens: Tensor, mask: Tensor) => Tensor,
): Promise<Float32Array> {
  const codes = new Float32Array(texts.length * width);
  for (let first = 0; first < texts.length; first += batch) {
    const count = Math.min(batch, texts.length - first);
    const captions = Array.from(
      { length: batch },
      (_, i) => encode(vocabulary, texts[first + Math.min(i, count - 1)]!, L),
    );
    const tokens = tf.tensor(captions.flatMap(({ tokens }) => [...tokens]), [batch, L], "int32");
    const isWord = captions.flatMap(({ length }) => Array.from({ length: L }, (_, i) => i < length ? 1 : 0));
    const mask = tf.tensor(isWord, [batch, L]);
    const sentences = encodeBatch(tokens, mask);
    codes.set((await sentences.data() as Float32Array).subarray(0, count * width), first * width);
    disposeTree([tokens, mask, sentences]);
  }
  return codes;
}
