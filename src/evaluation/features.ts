/** Computes feature vectors of every story of a gallery, and caches them. */
import { fail } from "../base/errors.ts";
import { digestJson } from "../base/files.ts";
import type { FeatureNetwork, Features } from "../metrics/features.ts";
import { type Gallery, uploadPictures } from "./gallery.ts";
import { type CachedTensor, computeCached, pausePoint, type Watch } from "./cache.ts";

/** Where features are cached, and what their pictures depend on. */
export interface FeatureCache {
  /** The folder of all features of these pictures; without one nothing is cached. */
  folder?: string | undefined;
  /** Identifies the pictures: data digest, split and so on. */
  pictures: unknown;
}

/**
 * The features of all stories.
 *
 * @param what describes the pictures for a progress bar, e.g. "generated stories"
 * @param batch stories per forward pass
 * @throws UserError naming the story and frame of the first feature vector with a NaN or an infinity.
 */
export async function featuresOf(
  network: FeatureNetwork,
  gallery: Gallery,
  { what, batch, cache, watch }: { what: string; batch: number; cache: FeatureCache; watch: Watch },
): Promise<Features> {
  const rows = network.of === "frames" ? gallery.frames : 1;
  const key = digestJson({ network: network.digest, name: network.name, pictures: cache.pictures });
  const { data } = await computeCached(
    {
      folder: cache.folder && `${cache.folder}/${network.name.replace(/[^\w.-]+/g, "-")}-${key.slice(0, 16)}`,
      key,
      stories: gallery.ids.length,
      stage: `${network.name}, ${what}`,
    },
    async (first, count): Promise<CachedTensor> => {
      const shape = [count, rows, network.width];
      const data = new Float32Array(count * rows * network.width);
      for (let at = 0; at < count; at += batch) {
        await pausePoint(watch);
        const size = Math.min(batch, count - at);
        data.set(await computeBatch(network, gallery, first + at, size, batch), at * rows * network.width);
      }
      checkFinite(data, rows * network.width, network, gallery, first, rows);
      return { dtype: "F32", shape, data };
    },
    watch,
  );
  return { values: data as Float32Array, width: network.width, rows };
}

/**
 * Feature vectors of `count` stories. The batch is padded with the last story, so that one compiled shape serves all.
 */
async function computeBatch(network: FeatureNetwork, gallery: Gallery, first: number, count: number, batch: number) {
  const bytes = await gallery.read(first, count);
  const story = bytes.length / count;
  const filled = new Uint8Array(batch * story);
  for (let i = 0; i < batch; i++) {
    const from = Math.min(i, count - 1) * story;
    filled.set(bytes.subarray(from, from + story), i * story);
  }
  const images = uploadPictures(filled, gallery);
  const features = network.features(images);
  const values = await features.data() as Float32Array;
  images.dispose();
  features.dispose();
  return values.subarray(0, values.length / batch * count);
}

function checkFinite(
  data: Float32Array,
  story: number,
  { name, width, of }: FeatureNetwork,
  { ids }: Gallery,
  first: number,
  rows: number,
): void {
  const broken = data.findIndex((value) => !Number.isFinite(value));
  if (broken < 0) return;
  const id = ids[first + Math.floor(broken / story)]!;
  const frame = of === "frames" ? `frame ${Math.floor(broken / width) % rows} of ` : "";
  fail(
    `${name} returns NaN or infinity for ${frame}the story "${id}"; fetch its weights again (deno task fetch weights).`,
  );
}
