import { assertAlmostEquals, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { UserError } from "../../../src/base/errors.ts";
import { sha256File } from "../../../src/base/files.ts";
import { openStories } from "../../../src/data/files/picture_arrays.ts";
import { useEngine } from "../../../src/engine/mod.ts";
import { evaluateFolders } from "../../../src/evaluation/folders.ts";
import { featuresOf } from "../../../src/evaluation/features.ts";
import { readStatistics, writeStatistics } from "../../../src/evaluation/statistics/files.ts";
import { encodeNpyArray } from "../../../src/formats/npy.ts";
import { zip } from "../../../src/formats/zip.ts";
import type { Entry } from "../../../src/records/evaluation.ts";
import { moments } from "../../../src/metrics/frechet.ts";
import { openNetwork } from "../../../src/metrics/networks.ts";
import { withFolder } from "../../runs/help.ts";

/** numpy.savez and numpy.savez_compressed of mu = [1, 2, 3] and sigma = diag(4, 9, 1). */
const written = {
  savez:
    "UEsDBC0AAAAAAAAAIQAqwR1E//////////8GABQAbXUubnB5AQAQAJgAAAAAAAAAmAAAAAAAAACTTlVNUFkBAHYAeydkZXNjcic6ICc8ZjgnLCAnZm9ydHJhbl9vcmRlcic6IEZhbHNlLCAnc2hhcGUnOiAoMywpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgCgAAAAAAAPA/AAAAAAAAAEAAAAAAAAAIQFBLAwQtAAAAAAAAACEAcx9cjf//////////CQAUAHNpZ21hLm5weQEAEADIAAAAAAAAAMgAAAAAAAAAk05VTVBZAQB2AHsnZGVzY3InOiAnPGY4JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDMsIDMpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAAAQQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAACJAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA8D9QSwECLQMtAAAAAAAAACEAKsEdRJgAAACYAAAABgAAAAAAAAAAAAAAgAEAAAAAbXUubnB5UEsBAi0DLQAAAAAAAAAhAHMfXI3IAAAAyAAAAAkAAAAAAAAAAAAAAIAB0AAAAHNpZ21hLm5weVBLBQYAAAAAAgACAGsAAADTAQAAAAA=",
  savez_compressed:
    "UEsDBC0AAAAIAAAAIQAqwR1E//////////8GABQAbXUubnB5AQAQAJgAAAAAAAAAUAAAAAAAAACb7BfqGxDJyFDGUK2eklqcXKRupaBuk2ahrqOgnpZfVFKUmBefX5SSChJ3S8wpTgWKF2ckFqQC+RrGOpo6CrUKFAAuBjD4YA+hGRwgFIcDAFBLAwQtAAAACAAAACEAcx9cjf//////////CQAUAHNpZ21hLm5weQEAEADIAAAAAAAAAFMAAAAAAAAAm+wX6hsQychQxlCtnpJanFykbqWgbpNmoa6joJ6WX1RSlJgXn1+UkgoSd0vMKU4FihdnJBakAvkaxjoKxpo6CrUKZAMuBjAQcGDAC5QIyH+wBwBQSwECLQMtAAAACAAAACEAKsEdRFAAAACYAAAABgAAAAAAAAAAAAAAgAEAAAAAbXUubnB5UEsBAi0DLQAAAAgAAAAhAHMfXI1TAAAAyAAAAAkAAAAAAAAAAAAAAIABiAAAAHNpZ21hLm5weVBLBQYAAAAAAgACAGsAAAAWAQAAAAA=",
};

for (const [name, base64] of Object.entries(written)) {
  Deno.test(`readStatistics() reads what numpy's ${name} writes`, () =>
    withFolder(async (root) => {
      const path = `${root}/numpy.npz`;
      await Deno.writeFile(path, Uint8Array.fromBase64(base64));
      const { mean, covariance, digest } = await readStatistics(path);
      assertEquals([[...mean], [...covariance]], [[1, 2, 3], [4, 0, 0, 0, 9, 0, 0, 0, 1]]);
      assertEquals(digest, sha256File(path));
      writeStatistics(`${root}/ours.npz`, { mean, covariance }); // in float64, so to the last bit
      const again = await readStatistics(`${root}/ours.npz`);
      assertEquals([again.mean, again.covariance], [mean, covariance]);
    }));
}

Deno.test("two files of statistics have the Fréchet distance of their Gaussians, named by their digests", () =>
  withFolder(async (root) => {
    const gaussian = (name: string, mean: number[], variances: number[]) => {
      const covariance = Float64Array.from({ length: 9 }, (_, i) => i % 4 === 0 ? variances[i / 4]! : 0);
      writeStatistics(`${root}/${name}.npz`, { mean: Float64Array.from(mean), covariance });
      return `${root}/${name}.npz`;
    };
    const paths = { real: gaussian("real", [1, 2, 3], [4, 9, 1]), generated: gaussian("drawn", [1, 0, 3], [1, 16, 1]) };
    const numbers = await evaluateFolders(paths);
    const [real, drawn] = [paths.real, paths.generated].map((path) => sha256File(path).slice(0, 8));
    const name = `fid[real statistics:${real}, drawn statistics:${drawn}].folders`;
    assertEquals(Object.keys(numbers), [name]);
    assertAlmostEquals(numbers[name]!.value, 4 + 1 + 1, 1e-9); // ‖μ₁ − μ₂‖² + (2 − 1)² + (3 − 4)²
    assertStringIncludes(numbers[name]!.note!, "unknown number of vectors");
    await assertRejects(() => evaluateFolders(paths, { metrics: ["kid"] }), UserError, "Fréchet distance alone");
  }));

Deno.test("stories of an array have no distance to their own statistics", () =>
  withFolder(async (root) => {
    const pixels = Float32Array.from({ length: 3 * 2 * 16 * 16 * 3 }, (_, i) => (i * 37 + (i >> 5) * 11) % 256);
    const array = encodeNpyArray(pixels, [3, 2, 16, 16, 3]);
    const bytes = new Uint8Array(128 + pixels.length); // the same header for uint8
    bytes.set(array.subarray(0, 128));
    bytes.set(new TextEncoder().encode("|u1"), 21);
    bytes.set(Uint8Array.from(pixels), 128);
    await Deno.writeFile(`${root}/stories.npy`, bytes);
    await useEngine("auto");
    const network = await openNetwork("r2plus1d-random.published");
    const stories = await openStories(`${root}/stories.npy`);
    const { values, width } = await featuresOf(network, stories, {
      what: "stories",
      batch: 3,
      cache: { pictures: "none" },
      watch: {},
    });
    network.dispose();
    writeStatistics(`${root}/s.npz`, moments(values, width));
    const paths = { real: `${root}/s.npz`, generated: `${root}/stories.npy` };
    const options = { data: root, networks: ["r2plus1d-random.published"], batch: 3 };
    const [[name, entry]] = Object.entries(await evaluateFolders(paths, options)) as [[string, Entry], ...unknown[]];
    assertStringIncludes(name, "fsd[r2plus1d-random.published, real statistics:");
    assertEquals(entry.stories, 3);
    assertAlmostEquals(entry.value, 0, 1e-6 * moments(values, width).covariance.reduce((a, b) => Math.max(a, b), 0));
  }));

Deno.test("readStatistics() refuses other files, and says what they hold", () =>
  withFolder(async (root) => {
    const path = `${root}/s.npz`;
    const mu = encodeNpyArray(Float64Array.of(1, 2), [2]);
    const cases: [Uint8Array, string][] = [
      [new TextEncoder().encode("PK"), "not a complete zip file"],
      [
        zip({ "arr_0.npy": mu }),
        'has no "mu": statistics of pytorch-fid are mu [D] and sigma [D, D], and it holds arr_0',
      ],
      [zip({ "mu.npy": mu }), 'has no "sigma"'],
      [zip({ "mu.npy": mu, "sigma.npy": mu }), "holds mu [2] and sigma [2]; expected [D] and [D, D]"],
      [zip({ "mu.npy": encodeNpyArray(Float64Array.of(1, NaN), [2]), "sigma.npy": mu }), "than finite numbers"],
    ];
    for (const [bytes, message] of cases) {
      await Deno.writeFile(path, bytes);
      await assertRejects(() => readStatistics(path), UserError, message);
    }
  }));
