/** Mean and covariance of features in a .npz file, as pytorch-fid writes and reads them: `mu` [D] and `sigma` [D, D]. */
import { fail } from "../../base/errors.ts";
import { sha256File, writeAtomic } from "../../base/files.ts";
import { openArchive } from "../../data/files/archive.ts";
import { encodeNpyArray, readNpy } from "../../formats/npy.ts";
import { zip } from "../../formats/zip.ts";
import type { Moments, Numbers } from "../../metrics/frechet.ts";

/** Whether a path is one of statistics. */
export const isStatistics = (path: string): boolean => path.endsWith(".npz");

/** Statistics of a file; how many vectors they are of is not in it. */
export interface Statistics extends Pick<Moments, "mean" | "covariance"> {
  /** SHA-256 of the file. */
  digest: string;
}

/** Writes statistics. */
export function writeStatistics(path: string, { mean, covariance }: Pick<Moments, "mean" | "covariance">): void {
  const D = mean.length;
  writeAtomic(path, zip({ "mu.npy": encodeNpyArray(mean, [D]), "sigma.npy": encodeNpyArray(covariance, [D, D]) }));
}

/** Bytes that the covariance of the widest features may have: 16,384 dimensions in float64. */
const limit = 2 ** 31;

/**
 * Reads statistics.
 *
 * @throws UserError when the file is no .npz, lacks `mu` or `sigma`, or they do not fit each other or are not finite
 */
export async function readStatistics(path: string): Promise<Statistics> {
  const archive = await openArchive(path);
  try {
    const numbers = async (name: string) => {
      if (!archive.has(`${name}.npy`)) {
        fail(
          `"${path}" has no "${name}": statistics of pytorch-fid are mu [D] and sigma [D, D], and it holds ${
            archive.paths.map((file) => file.replace(/\.npy$/, "")).join(", ") || "nothing"
          }.`,
        );
      }
      const { shape, data } = readNpy(await archive.read(`${name}.npy`, limit), `"${name}" in "${path}"`);
      const values = data as Numbers;
      if (Array.isArray(data) || !values.every(Number.isFinite)) {
        fail(`"${name}" in "${path}" holds something else than finite numbers; compute the statistics again.`);
      }
      return { shape, values: Float64Array.from(values) };
    };
    const [mu, sigma] = [await numbers("mu"), await numbers("sigma")];
    const D = mu.values.length;
    if (mu.shape.length !== 1 || sigma.shape.join() !== `${D},${D}`) {
      fail(
        `"${path}" holds mu [${mu.shape.join(", ")}] and sigma [${sigma.shape.join(", ")}]; expected [D] and [D, D].`,
      );
    }
    return { mean: mu.values, covariance: sigma.values, digest: sha256File(path) };
  } finally {
    archive.close();
  }
}
