/** What do the dynamic blocks do? How often each takes self-attention, and what its words change in the pictures. */
import { resampledInterval } from "../../metrics/bootstrap.ts";
import { wordResponse } from "../../metrics/word_response.ts";
import type { Block } from "../../model/contract.ts";
import { meanMeasurement, type Measurement, measurementOf, type Protocol } from "../../records/measurement.ts";

/** A number of one block that is measured for each story. */
export type BlockColumn =
  /** The share of a story's frames for which the block takes self-attention (u > 0). */
  | { metric: "self-attention"; by: string[]; u: string }
  /** The mean squared change of a story's pixels when only this block reads the words of another story. */
  | { metric: "word-response"; by: string[]; block: string };

/**
 * What is measured of the blocks of a system: of each with both attentions how often it takes self-attention, and of
 * each of the generator that reads words what they change. A block of the discriminator is measured on drawn frames.
 *
 * @param exchange whether there is another story whose words can be read
 */
export function blockColumns(blocks: Block[], exchange: boolean): BlockColumn[] {
  return [
    ...blocks.filter(({ mode }) => mode === "both").map(({ name, network }): BlockColumn =>
      network === "generator"
        ? { metric: "self-attention", by: [name], u: `${name}.u` }
        : { metric: "self-attention", by: [name, "drawn"], u: `${name}.drawn.u` }
    ),
    ...blocks.filter(({ network, mode }) => exchange && network === "generator" && mode !== "sa").map((
      { name },
    ): BlockColumn => ({ metric: "word-response", by: [name], block: name })),
  ];
}

/**
 * The measurements of the columns, in percent, with intervals over stories.
 *
 * @param values of each story [S, columns + 2]: its number of each column, then mean and mean square of its drawn pixels
 */
export function blockMeasurements(
  columns: BlockColumn[],
  values: Float32Array,
  protocol: Protocol,
): Measurement[] {
  const { stories, seed, bootstrap: resamples } = protocol;
  const ofStories = (column: number) =>
    Float64Array.from({ length: stories }, (_, s) => values[s * (columns.length + 2) + column]!);
  const pixels = { means: ofStories(columns.length), squares: ofStories(columns.length + 1) };
  return columns.map(({ metric, by }, k) => {
    const perStory = ofStories(k);
    if (metric === "self-attention") return meanMeasurement(protocol, { metric, by }, perStory.map((x) => 100 * x));
    const percent = (chosen?: ArrayLike<number>) => wordResponse({ changes: perStory, ...pixels }, chosen);
    const interval = resamples === 0 || stories < 2
      ? {}
      : { interval: resampledInterval(stories, percent, { seed, resamples }) };
    return measurementOf(protocol, { metric, by }, { value: percent(), ...interval });
  });
}
