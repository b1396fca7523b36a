/** Whether two lists of numbers put the same things in the same order: Spearman's ρ and Kendall's τ-b, ties allowed. */

/** Ranks from 1; equal numbers share the mean of their ranks. */
export function ranks(values: number[]): number[] {
  return values.map((value) => {
    const below = values.filter((other) => other < value).length;
    const equal = values.filter((other) => other === value).length;
    return below + (equal + 1) / 2;
  });
}

/** The correlation of the ranks, −1 to 1; undefined where there are fewer than two, or all of one list are equal. */
export function spearman(a: number[], b: number[]): number | undefined {
  const mean = (a.length + 1) / 2;
  const [x, y] = [ranks(a), ranks(b)].map((list) => list.map((rank) => rank - mean)) as [number[], number[]];
  const product = (u: number[], v: number[]) => u.reduce((sum, value, i) => sum + value * v[i]!, 0);
  const scale = Math.sqrt(product(x, x) * product(y, y));
  return scale === 0 ? undefined : product(x, y) / scale;
}

/** Pairs in the same order less pairs in the opposite one, by all pairs that are not tied; −1 to 1, or undefined. */
export function kendall(a: number[], b: number[]): number | undefined {
  let [sum, untiedA, untiedB] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    for (let j = 0; j < i; j++) {
      const [x, y] = [Math.sign(a[i]! - a[j]!), Math.sign(b[i]! - b[j]!)];
      sum += x * y;
      untiedA += Math.abs(x);
      untiedB += Math.abs(y);
    }
  }
  const scale = Math.sqrt(untiedA * untiedB);
  return scale === 0 ? undefined : sum / scale;
}
