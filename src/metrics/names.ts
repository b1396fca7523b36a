/**
 * The names of metrics: `metric[protocol].split`, e.g. `fid[inception-2015-12-05].test`.
 *
 * The protocol is all that a number depends on beside the pictures: the network or encoder, by version or digest, and
 * what else was chosen. Numbers under two names were not measured the same way, so they never stand in one column of a
 * table or on one axis; {@link oneColumn} is what a table asks first.
 */
import { fail } from "../base/errors.ts";

/** A metric's name as data. */
export interface MetricName {
  /** Such as `fid`; a key of {@link metrics} where the evaluator reports it. */
  metric: string;
  /** Parts such as `damsm:1a2b3c4d`, `sentence`, `1 of 100`, joined by ", " in the text. */
  protocol: string[];
  /** `train`, `val` or `test`, or `folders` where two folders were compared. */
  split: string;
}

/** What a number means. */
export interface MetricKind {
  title: string;
  /** `near real` where more is not better in itself: the number of the real frames is the mark. */
  better: "lower" | "higher" | "near real";
  /** What the number is shown in: a share in percent, hundredths of a cosine, thousandths, or as it is. */
  unit: "" | "%" | "×100" | "×1000";
}

/** Every metric of the evaluator, in the order of the table; values are kept in the unit that stands here. */
export const metrics: Record<string, MetricKind> = {
  fid: { title: "Fréchet distance of frames", better: "lower", unit: "" },
  kid: { title: "kernel distance of frames", better: "lower", unit: "×1000" },
  frechet: { title: "Fréchet distance of frames, in-domain network", better: "lower", unit: "" },
  fsd: { title: "Fréchet distance of whole stories", better: "lower", unit: "" },
  cosine: { title: "cosine of frame and sentence", better: "higher", unit: "×100" },
  "r-precision": { title: "frames that find their sentence", better: "higher", unit: "%" },
  "object-f1": { title: "F1 of objects, all together", better: "higher", unit: "%" },
  "object-f1-macro": { title: "F1 of objects, mean over objects", better: "higher", unit: "%" },
  "exact-frame-match": { title: "frames with all objects right", better: "higher", unit: "%" },
  consistency: { title: "likeness within stories less that between", better: "near real", unit: "×100" },
};

/** The name as text. */
export function formatName({ metric, protocol, split }: MetricName): string {
  return `${metric}[${protocol.join(", ")}].${split}`;
}

/** @throws UserError for a text that is no such name. */
export function parseName(text: string): MetricName {
  const found = /^([a-z][a-z0-9-]*)\[([^[\]]+)\]\.([a-z]+)$/.exec(text);
  if (!found) fail(`"${text}" is no name of a metric; one looks like fid[inception-2015-12-05].test.`);
  return { metric: found[1]!, protocol: found[2]!.split(", "), split: found[3]! };
}

/**
 * The one name under which all numbers of a column or an axis were measured.
 *
 * @throws UserError where there are two, saying in what they differ, or none.
 */
export function oneColumn(names: string[]): MetricName {
  if (names.length === 0) fail("A column needs numbers, and none came.");
  const first = parseName(names[0]!);
  const other = names.find((name) => name !== names[0]);
  if (other === undefined) return first;
  const { metric, split } = parseName(other);
  const what = metric !== first.metric ? "metrics" : split !== first.split ? "splits" : "protocols";
  fail(
    `"${names[0]}" and "${other}" cannot share a column or an axis, for they are numbers of different ${what}; ` +
      `measure both the same way (deno task evaluate), or show them apart.`,
  );
}
