/** Do the drawn frames show their sentences? Cosine and R-precision, by a DAMSM encoder. */
import { random } from "../base/random.ts";
import { findCaptions } from "../metrics/r_precision.ts";
import type { Features } from "../metrics/features.ts";
import { meanMeasurement, type Measurement, type Protocol } from "../records/measurement.ts";

/** Frames and the texts that they should show, story by story. */
export interface Told {
  /** Global image codes [stories·T, D]. */
  real: Features;
  drawn: Features;
  /** The texts of the frames, and their codes [stories·T, D]. */
  texts: string[];
  codes: Float32Array;
  /** Ids of the stories. */
  ids: string[];
}

/**
 * Cosine: 100 times the mean cosine of frame and sentence. Beside it that of the real frames, and of drawn frames with
 * the sentences of other stories, which is what a system that ignores its text would get.
 */
export function cosineMeasurement(told: Told, protocol: Protocol, damsm: string): Measurement {
  const { real, drawn, codes, ids } = told;
  const others = derangement(ids.length, protocol.seed);
  const perStory = storyCosines(drawn, codes);
  return meanMeasurement(protocol, { metric: "cosine", by: [damsm] }, perStory, {
    real: mean(storyCosines(real, codes)),
    ...(others ? { shuffled: mean(storyCosines(drawn, codes, others)) } : {}),
  });
}

/**
 * R-precision: the share of frames, in percent, that find their text among 99 of other stories; beside it the share of the
 * real frames.
 *
 * @param what the texts are: "sentence", or "description" for all sentences of the frame
 */
export function rPrecisionMeasurement(told: Told, protocol: Protocol, damsm: string, what: string): Measurement {
  const { real, drawn, codes, texts, ids } = told;
  const stories = ids.flatMap((id) => Array.from({ length: drawn.rows }, () => id));
  const shares = (pictures: Float32Array) => {
    const { found, among } = findCaptions({ pictures, captions: codes, texts, stories }, { seed: protocol.seed });
    const perStory = new Float64Array(ids.length);
    for (const draw of found) draw.forEach((hit, i) => perStory[Math.floor(i / drawn.rows)]! += hit);
    return { among, perStory: perStory.map((hits) => 100 * hits / (found.length * drawn.rows)) };
  };
  const { among, perStory } = shares(drawn.values);
  return meanMeasurement(
    protocol,
    { metric: "r-precision", by: [damsm, what, `1 of ${among}`] },
    perStory,
    { real: mean(shares(real.values).perStory) },
  );
}

/** 100 times the mean cosine of each story's frames and its sentences, or those of the story that stands in its place. */
export function storyCosines(
  { values, width: D, rows: T }: Features,
  codes: Float32Array,
  of?: number[],
): Float64Array {
  return Float64Array.from({ length: values.length / (D * T) }, (_, story) => {
    let sum = 0;
    for (let t = 0; t < T; t++) {
      const frame = (story * T + t) * D;
      const sentence = ((of?.[story] ?? story) * T + t) * D;
      sum += cosine(values.subarray(frame, frame + D), codes.subarray(sentence, sentence + D));
    }
    return 100 * sum / T;
  });
}

function cosine(a: Float32Array, b: Float32Array): number {
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    ab += a[i]! * b[i]!;
    aa += a[i]! ** 2;
    bb += b[i]! ** 2;
  }
  return ab / Math.max(Math.sqrt(aa * bb), 1e-30);
}

/** For each of n stories another one, nobody its own: one round through all in a drawn order. None for a single story. */
export function derangement(n: number, seed: number): number[] | undefined {
  if (n < 2) return undefined;
  const order = random(seed, "derangement").shuffle(Array.from({ length: n }, (_, i) => i));
  const other = new Array<number>(n);
  order.forEach((story, i) => other[story] = order[(i + 1) % n]!);
  return other;
}

function mean(values: Float64Array): number {
  return values.reduce((a, b) => a + b, 0) / values.length;
}
