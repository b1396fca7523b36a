/** Do generated frames show their sentences? Cosine and R-precision, by a DAMSM encoder. */
import { random } from "../base/random.ts";
import { findCaptions } from "../metrics/r_precision.ts";
import type { Features } from "../metrics/features.ts";
import { cosine, mean } from "../metrics/vectors.ts";
import { meanMeasurement, type Measurement, type Protocol } from "../records/measurement.ts";

/** Frames and the texts that they should show, ordered by story. */
export interface FramesAndTexts {
  /** Global image codes [stories·T, D]. */
  real: Features;
  generated: Features;
  /** The texts of the frames [stories·T], and their codes [stories·T, D]. */
  texts: string[];
  codes: Float32Array;
  /** Ids of the stories. */
  ids: string[];
}

/**
 * Cosine: 100 times the mean cosine of frame and sentence. References: that of the real frames, and that of generated
 * frames with the sentences of other stories, which a system that ignores its text would get.
 */
export function cosineMeasurement(inputs: FramesAndTexts, protocol: Protocol, damsm: string): Measurement {
  const { real, generated, codes, ids } = inputs;
  const others = derangement(ids.length, protocol.seed);
  const perStory = storyCosines(generated, codes);
  return meanMeasurement(protocol, { metric: "cosine", by: [damsm] }, perStory, {
    real: mean(storyCosines(real, codes)),
    ...(others ? { shuffled: mean(storyCosines(generated, codes, others)) } : {}),
  });
}

/**
 * R-precision: the percentage of frames that retrieve their text among 99 texts of other stories. Reference: that of
 * the real frames.
 *
 * @param what the kind of text: "sentence", or "description" for all sentences of the frame
 */
export function rPrecisionMeasurement(
  inputs: FramesAndTexts,
  protocol: Protocol,
  damsm: string,
  what: string,
): Measurement {
  const { real, generated, codes, texts, ids } = inputs;
  const stories = ids.flatMap((id) => Array.from({ length: generated.rows }, () => id));
  const shares = (pictures: Float32Array) => {
    const { found, among } = findCaptions({ pictures, captions: codes, texts, stories }, { seed: protocol.seed });
    const perStory = new Float64Array(ids.length);
    for (const draw of found) draw.forEach((hit, i) => perStory[Math.floor(i / generated.rows)]! += hit);
    return { among, perStory: perStory.map((hits) => 100 * hits / (found.length * generated.rows)) };
  };
  const { among, perStory } = shares(generated.values);
  return meanMeasurement(
    protocol,
    { metric: "r-precision", by: [damsm, what, `1 of ${among}`] },
    perStory,
    { real: mean(shares(real.values).perStory) },
  );
}

/**
 * For each story 100 times the mean cosine of its frames with its sentences [stories].
 *
 * @param others for each story the index of the story whose sentences are used instead
 */
export function storyCosines(
  { values, width: D, rows: T }: Features,
  codes: Float32Array,
  others?: number[],
): Float64Array {
  return Float64Array.from({ length: values.length / (D * T) }, (_, story) => {
    let sum = 0;
    for (let t = 0; t < T; t++) {
      const frame = (story * T + t) * D;
      const sentence = ((others?.[story] ?? story) * T + t) * D;
      sum += cosine(values.subarray(frame, frame + D), codes.subarray(sentence, sentence + D));
    }
    return 100 * sum / T;
  });
}

/** For each of n stories the index of another story, as one cycle through all in random order; undefined for n < 2. */
export function derangement(n: number, seed: number): number[] | undefined {
  if (n < 2) return undefined;
  const order = random(seed, "derangement").shuffle(Array.from({ length: n }, (_, i) => i));
  const other = new Array<number>(n);
  order.forEach((story, i) => other[story] = order[(i + 1) % n]!);
  return other;
}
