/**
 * Compares our drawing of scenes with the published one, where a download has both.
 */
import { UserError } from "../../../base/errors.ts";
import { random } from "../../../base/random.ts";

/** Hears of rendered scenes, draws a sample of them again and says how far off the drawings are. */
export interface DrawingCheck {
  /** Compares if the scene is in the sample; `draw` gives our picture, as large as `rendered`. */
  compare(scene: number, rendered: Uint8Array, draw: () => Promise<Uint8Array>): Promise<void>;
  findings(): string[];
}

/** A check of `size` of the scenes, drawn by `seed`. */
export function drawingCheck(scenes: number[], size: number, seed: number): DrawingCheck {
  const sample = new Set(random(seed, "abstract", "check").shuffle(scenes).slice(0, size));
  const differences = new Map<number, number>();
  const failures = new Map<number, string>();
  return {
    async compare(scene, rendered, draw) {
      if (!sample.has(scene)) return;
      try {
        differences.set(scene, difference(rendered, await draw()));
      } catch (error) {
        // The scene itself is fine: it has its rendered picture.
        if (!(error instanceof UserError)) throw error;
        failures.set(scene, error.message);
      }
    },
    findings() {
      const sorted = [...differences].sort(([a, p], [b, q]) => q - p || a - b); // worst first
      const failed = [...failures].sort(([a], [b]) => a - b)
        .map(([scene, message]) => `${name(scene)} could not be drawn to be compared: ${message}`);
      if (sorted.length === 0) return failed;
      const mean = sorted.reduce((sum, [, value]) => sum + value, 0) / sorted.length;
      const [worst, most] = sorted[0]!;
      return [
        `The kit's own drawing of ${sorted.length} scenes differs from their rendered pictures by ${mean.toFixed(2)} ` +
        `of 255 on average, and by ${most.toFixed(2)} in the worst, ${name(worst)}.`,
        ...failed,
      ];
    },
  };
}

/** Mean absolute difference of two pictures of one size, in grey levels. */
export function difference(a: Uint8Array, b: Uint8Array): number {
  return a.reduce((sum, value, i) => sum + Math.abs(value - b[i]!), 0) / a.length;
}

function name(scene: number): string {
  return `Scene${Math.floor(scene / 10)}_${scene % 10}`;
}
