/**
 * Metric names: `metric[protocol].split`, e.g. `fid[inception-2015-12-05].test`.
 *
 * The protocol states everything besides the pictures that a number depends on: the network or encoder, by version or
 * digest, and further choices. Numbers under different names were measured in different ways, so they never share a
 * table column or an axis; {@link oneColumn} checks this.
 */
import { fail } from "../base/errors.ts";

/** A parsed metric name. */
export interface MetricName {
  /** E.g. `fid`; a key of {@link metrics} where the evaluation reports it. */
  metric: string;
  /** Parts such as `damsm:1a2b3c4d`, `sentence`, `1 of 100`; joined by ", " in the name. */
  protocol: string[];
  /** `train`, `val` or `test`; `folders` where two folders were compared. */
  split: string;
}

/** How a metric is read. */
export interface MetricKind {
  title: string;
  /**
   * `near real` where higher is not better in itself: the target is the value of the real frames. `neither` where the
   * number describes what a model does, and not how well.
   */
  better: "lower" | "higher" | "near real" | "neither";
  /** The unit of display: percent, hundredths of a cosine, thousandths, or none. */
  unit: "" | "%" | "×100" | "×1000";
}

/** Every metric of an evaluation, in the order of its table; values are stored in the unit given here. */
export const metrics: Record<string, MetricKind> = {
  fid: { title: "Fréchet distance of frames", better: "lower", unit: "" },
  // Those that end in -inf are extrapolated to infinitely many stories, and measured only where they are named.
  "fid-inf": { title: "Fréchet distance of frames, of infinitely many stories", better: "lower", unit: "" },
  kid: { title: "kernel distance of frames", better: "lower", unit: "×1000" },
  frechet: { title: "Fréchet distance of frames, in-domain network", better: "lower", unit: "" },
  fsd: { title: "Fréchet distance of whole stories", better: "lower", unit: "" },
  "frechet-inf": { title: "the same of infinitely many stories, in-domain network", better: "lower", unit: "" },
  "fsd-inf": { title: "Fréchet distance of whole stories, of infinitely many", better: "lower", unit: "" },
  cosine: { title: "cosine of frame and sentence", better: "higher", unit: "×100" },
  "r-precision": { title: "frames that find their sentence", better: "higher", unit: "%" },
  "object-f1": { title: "F1 of objects, all together", better: "higher", unit: "%" },
  "object-f1-macro": { title: "F1 of objects, mean over objects", better: "higher", unit: "%" },
  "exact-frame-match": { title: "frames with all objects right", better: "higher", unit: "%" },
  cast: { title: "frames with exactly the right people", better: "higher", unit: "%" },
  place: { title: "frames at the right place", better: "higher", unit: "%" },
  sky: { title: "frames with the right weather", better: "higher", unit: "%" },
  persistence: { title: "what the next frame keeps of what lasts", better: "near real", unit: "%" },
  consistency: { title: "likeness within stories less that between", better: "near real", unit: "×100" },
  "colour-within": { title: "likeness of colour within stories", better: "near real", unit: "" },
  "colour-match": { title: "correlation of colour with the real frame", better: "higher", unit: "" },
  contours: { title: "strength of contours over that of real frames", better: "near real", unit: "" },
  // Of a dynamic block. A selector that always takes the same attention, 0 or 100, does not select.
  "self-attention": { title: "frames for which a block takes self-attention", better: "neither", unit: "%" },
  "word-response": { title: "change of pixels by another story's words in a block", better: "neither", unit: "%" },
};

/**
 * Formats a metric name.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { formatName, oneColumn, parseName } from "./names.ts";
 *
 * const name = formatName({ metric: "r-precision", protocol: ["damsm:1a2b3c4d", "1 of 100"], split: "test" });
 * assertEquals(name, "r-precision[damsm:1a2b3c4d, 1 of 100].test");
 * assertEquals(parseName(name).protocol, ["damsm:1a2b3c4d", "1 of 100"]);
 * assertEquals(oneColumn([name, name]).metric, "r-precision");
 * ```
 */
export function formatName({ metric, protocol, split }: MetricName): string {
  return `${metric}[${protocol.join(", ")}].${split}`;
}

/** Parses a metric name. @throws UserError when the text is not one. */
export function parseName(text: string): MetricName {
  const found = /^([a-z][a-z0-9-]*)\[([^[\]]+)\]\.([a-z]+)$/.exec(text);
  if (!found) fail(`"${text}" is not a metric name; expected one such as fid[inception-2015-12-05].test.`);
  return { metric: found[1]!, protocol: found[2]!.split(", "), split: found[3]! };
}

/**
 * The metric name that all numbers of a column or an axis share.
 *
 * @throws UserError where names differ, stating whether metric, split or protocol differs, or where there is none.
 */
export function oneColumn(names: string[]): MetricName {
  if (names.length === 0) fail("A column needs at least one metric name; none was given.");
  const first = parseName(names[0]!);
  const other = names.find((name) => name !== names[0]);
  if (other === undefined) return first;
  const { metric, split } = parseName(other);
  const what = metric !== first.metric ? "metrics" : split !== first.split ? "splits" : "protocols";
  fail(
    `"${names[0]}" and "${other}" cannot share a column or an axis, because they have different ${what}; ` +
      `measure both the same way (deno task evaluate), or show them separately.`,
  );
}
