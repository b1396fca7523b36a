/**
 * The DAMSM encoder as a judge: its image tower as a feature network, and its codes of what stories were drawn
 * from.
 */
import { type Config, validateConfig } from "../base/config.ts";
import { fail } from "../base/errors.ts";
import { digestJson, readJson } from "../base/files.ts";
import type { StorySet } from "../data/store/stories.ts";
import { encode, type Vocabulary } from "../data/store/vocabulary.ts";
import { disposeTree, jit, type State, type Tensor, tf } from "../engine/mod.ts";
import type { FeatureNetwork } from "../metrics/features.ts";
import { encodeText } from "../model/text_encoder.ts";
import { encodeImage } from "../model/image_encoder.ts";
import { digestState, readCheckpoint, readState } from "../train/checkpoint.ts";
import { readStoredEncoder } from "../runs/encoder.ts";
import type { DataRecord } from "../records/create.ts";
import { frozenTower } from "../runs/sources.ts";
import { readStatus } from "../records/status.ts";

/** A trained encoder that judges; `dispose` frees it. */
export interface TextEvaluator {
  /** As it stands in a metric's name, `damsm:1a2b3c4d`, by the digest of its checkpoint. */
  name: string;
  /** SHA-256 of the checkpoint's state, as digests.json of its run has it. */
  digest: string;
  /** The image tower; `damsm-tower:1a2b3c4d`. */
  tower: FeatureNetwork;
  /** Codes of texts [N, D], each cut after `words` words; default: as many as the encoder read when it was trained. */
  read(texts: string[], words?: number): Promise<Float32Array>;
  dispose(): void;
}

/** Texts that are read at a time. */
const batch = 64;

/**
 * Refuses an encoder that is not fit to judge stories of a data set: it would not know their words.
 *
 * @throws UserError when it is not finished, or was trained on other data.
 */
export function checkEncoder(folder: string, set: StorySet): void {
  const { state } = readStatus(folder);
  if (state !== "finished") {
    fail(`The text encoder "${folder}" is ${state}; finish it (deno task resume) to judge by it.`);
  }
  const { name, digest } = readJson<DataRecord>(`${folder}/data.json`);
  if (digest === set.digest) return;
  fail(
    `The text encoder "${folder}" was trained on ${name} (${
      digest.slice(0, 12)
    }), and the stories are of ${set.name} ` +
      `(${set.digest.slice(0, 12)}); judge by one of the same data: deno task damsm --data ${set.name}.`,
  );
}

/**
 * Opens the encoder of a run: the one that a GAN run holds, or the best one of a pre-training run.
 *
 * @throws UserError when there is none, or its tensors do not fit its config.
 */
export async function openTextEvaluator(folder: string): Promise<TextEvaluator> {
  const { kind } = readStatus(folder);
  if (kind !== "gan" && kind !== "damsm") fail(`"${folder}" has no text encoder; name a DAMSM run for --encoder.`);
  const config = validateConfig(readJson(`${folder}/config.json`));
  const path = `${folder}/checkpoints/${kind === "gan" ? "text" : "best"}.safetensors`;
  const { encoder, vocabulary } = readStoredEncoder(path, config);
  const { towerWeights, frozen } = await frozenTower(config, readJson<DataRecord>(`${folder}/data.json`).towerWeights);
  const digest = readCheckpoint(path).metadata.state ?? "";
  const content = digestState(await readState(encoder));
  const state = { ...encoder, ...frozen };
  const short = digest.slice(0, 8);
  const encoded = jit(
    (text: State, tokens: Tensor, mask: Tensor) => encodeText(config, text, tokens, mask).sentence,
    { name: "read-texts" },
  );
  const tower = towerNetwork(config, state, `damsm-tower:${short}`, digestJson({ content, towerWeights }));
  return {
    name: `damsm:${short}`,
    digest,
    tower,
    read: (texts, words = config.data.words) =>
      readTexts(texts, words, vocabulary, config.text.width, (tokens, mask) => encoded(state, tokens, mask)),
    dispose() {
      tower.dispose();
      encoded.dispose();
      disposeTree(state);
    },
  };
}

function towerNetwork(config: Config, state: State, name: string, digest: string): FeatureNetwork {
  const look = jit(
    (tower: State, pictures: Tensor) => encodeImage(config, tower, pictures, false).global,
    { name: "damsm-tower" },
  );
  return {
    name,
    digest,
    of: "frames",
    width: config.text.width,
    features(images) {
      const [N, T, H, W] = images.shape as number[];
      if (H !== 64 || W !== 64) fail(`The DAMSM tower looks at frames of 64×64, and these are ${H}×${W}.`);
      return tf.tidy(() => look(state, images.reshape([N! * T!, 64, 64, 3])));
    },
    dispose: () => look.dispose(),
  };
}

async function readTexts(
  texts: string[],
  L: number,
  vocabulary: Vocabulary,
  width: number,
  read: (tokens: Tensor, mask: Tensor) => Tensor,
): Promise<Float32Array> {
  const codes = new Float32Array(texts.length * width);
  for (let first = 0; first < texts.length; first += batch) {
    const count = Math.min(batch, texts.length - first);
    const encoded = Array.from(
      { length: batch },
      (_, i) => encode(vocabulary, texts[first + Math.min(i, count - 1)]!, L),
    );
    const tokens = tf.tensor(encoded.flatMap(({ tokens }) => [...tokens]), [batch, L], "int32");
    const isWord = encoded.flatMap(({ length }) => Array.from({ length: L }, (_, i) => i < length ? 1 : 0));
    const mask = tf.tensor(isWord, [batch, L]);
    const sentences = read(tokens, mask);
    codes.set((await sentences.data() as Float32Array).subarray(0, count * width), first * width);
    disposeTree([tokens, mask, sentences]);
  }
  return codes;
}
