/** Feature vectors of every story of a gallery, kept where they may be asked for again. */
import { fail } from "../base/errors.ts";
import { digestJson } from "../base/files.ts";
import type { FeatureNetwork, Features } from "../metrics/features.ts";
import { type Gallery, uploadPictures } from "./gallery.ts";
import { computeCached, pausePoint, type Rows, type Watch } from "./cache.ts";

/** Where features are kept, and what their pictures depend on. */
export interface Keep {
  /** The folder of all features of these pictures; without one nothing is kept. */
  folder?: string;
  /** Names the pictures: data digest, split and so on. */
  pictures: unknown;
}

/**
 * The features of all stories.
 *
 * @param what says whose pictures they are, e.g. "drawn stories"
 * @param batch stories that go through the network at a time
 * @throws UserError naming the story and frame of the first vector that has a NaN or an infinity.
 */
export async function featuresOf(
  network: FeatureNetwork,
  gallery: Gallery,
  { what, batch, keep, watch }: { what: string; batch: number; keep: Keep; watch: Watch },
): Promise<Features> {
  const rows = network.of === "frames" ? gallery.frames : 1;
  const key = digestJson({ network: network.digest, name: network.name, pictures: keep.pictures });
  const { data } = await computeCached(
    {
      folder: keep.folder && `${keep.folder}/${network.name.replace(/[^\w.-]+/g, "-")}-${key.slice(0, 16)}`,
      key,
      stories: gallery.ids.length,
      stage: `${network.name}, ${what}`,
    },
    async (first, count): Promise<Rows> => {
      const shape = [count, rows, network.width];
      const data = new Float32Array(count * rows * network.width);
      for (let at = 0; at < count; at += batch) {
        await pausePoint(watch);
        const size = Math.min(batch, count - at);
        data.set(await lookAt(network, gallery, first + at, size, batch), at * rows * network.width);
      }
      checkFinite(data, rows * network.width, network, gallery, first, rows);
      return { dtype: "F32", shape, data };
    },
    watch,
  );
  return { values: data as Float32Array, width: network.width, rows };
}

/** Vectors of `count` stories; the batch is filled up with the last one, so that one compiled shape serves all. */
async function lookAt(network: FeatureNetwork, gallery: Gallery, first: number, count: number, batch: number) {
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
  fail(`${name} gives NaN or infinity for ${frame}the story "${id}"; are its weights whole?`);
}
