/** Statistics of timings. */

/** Ratios of the times of both sides, which were measured in turn: run i of one side is paired with run i of the other. */
export interface Comparison {
  /** PyTorch's median time over ours: above 1, ours is faster. */
  ratio: number;
  /** Median of the ratios of paired runs, which changes of the machine's speed affect equally. */
  pairedRatio: number;
  /** PyTorch's shortest time over ours. */
  minimumRatio: number;
}

export function compareTimes(ours: number[], theirs: number[]): Comparison {
  return {
    ratio: median(theirs) / median(ours),
    pairedRatio: median(ours.map((ms, i) => theirs[i]! / ms)),
    minimumRatio: Math.min(...theirs) / Math.min(...ours),
  };
}

/** The middle value, or the mean of the two in the middle. */
export function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
