/**
 * Compares our rendering of scenes with the published pictures, where a download has both pictures and clip art.
 */
import { UserError } from "../../../base/errors.ts";
import { random } from "../../../base/random.ts";

/** Renders a sample of the scenes again and measures the difference from their published pictures. */
export interface RendererCheck {
  /** Compares the pictures if the scene is in the sample. @param render returns our picture, as large as `published` */
  compare(scene: number, published: Uint8Array, render: () => Promise<Uint8Array>): Promise<void>;
  findings(): string[];
}

/** A check of `size` of the scenes, sampled with `seed`. */
export function rendererCheck(scenes: number[], size: number, seed: number): RendererCheck {
  const sample = new Set(random(seed, "abstract", "check").shuffle(scenes).slice(0, size));
  const differences = new Map<number, number>();
  const failures = new Map<number, string>();
  return {
    async compare(scene, published, render) {
      if (!sample.has(scene)) return;
      try {
        differences.set(scene, difference(published, await render()));
      } catch (error) {
        // The scene itself can be used, because it has its published picture.
        if (!(error instanceof UserError)) throw error;
        failures.set(scene, error.message);
      }
    },
    findings() {
      const sorted = [...differences].sort(([a, p], [b, q]) => q - p || a - b); // worst first
      const failed = [...failures].sort(([a], [b]) => a - b)
        .map(([scene, message]) => `${name(scene)} could not be rendered for the comparison: ${message}`);
      if (sorted.length === 0) return failed;
      const mean = sorted.reduce((sum, [, value]) => sum + value, 0) / sorted.length;
      const [worst, most] = sorted[0]!;
      return [
        `The kit's own renderings of ${sorted.length} scenes differ from the published pictures by ${
          mean.toFixed(2)
        } of ` +
        `255 grey levels on average, and by ${most.toFixed(2)} in the worst scene, ${name(worst)}.`,
        ...failed,
      ];
    },
  };
}

/** Mean absolute difference of two pictures of equal size, in grey levels. */
export function difference(a: Uint8Array, b: Uint8Array): number {
  return a.reduce((sum, value, i) => sum + Math.abs(value - b[i]!), 0) / a.length;
}

function name(scene: number): string {
  return `Scene${Math.floor(scene / 10)}_${scene % 10}`;
}
