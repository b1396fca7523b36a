/**
 * The image encoder of DAMSM: features of regions that words attend to, and one global vector of the picture.
 *
 * `conv` is ours and is trained from scratch, so that nothing has to be downloaded. `inception` is AttnGAN's: Inception
 * v3 as it was trained on ImageNet, of which only two linear heads are trained here. Its tensors are called `tower.*`
 * in checkpoints, and its settings `text.tower*`.
 */
import { type State, type Tensor, tf } from "../../engine/mod.ts";
import { inceptionTrunk } from "../pretrained/inception/trunk.ts";
import { batchNorm, batchNormParameters, conv, leakyRelu, linear } from "../layers.ts";
import { get, type Net, openNet } from "../net.ts";
import { objectHeadParameters, objectLogits } from "../object_head.ts";
import { constant, heKernel, type Parameter, uniform } from "../parameters.ts";
import type { DamsmConfig } from "./settings.ts";

/** Features of pictures: `regions` [N, R, D], with R = 8·8 (conv) or 17·17 (inception), and `global` [N, D]. */
export interface ImageCode {
  regions: Tensor;
  global: Tensor;
}

/** With the maps that both come from, those nearest the pixels first, for a perceptual loss; and that of the regions. */
export interface EncodedImage extends ImageCode {
  maps: Tensor[];
  regionMap: Tensor;
}

/** Strided convolutions of `conv`; regions are taken after the third, at 8×8, the global vector after the last. */
const DEPTH = 4;
/** Regions along a side of the picture. */
export const regionSide = { conv: 8, inception: 17 } as const;
/** Channels of Inception's regions and of its pooled features. */
const INCEPTION = { regions: 768, pooled: 2048 };

/**
 * Tensors `tower.*`: for `conv` four 4×4 convolutions of stride 2, a 1×1 to the regions with a trained vector for each
 * position, and a linear map of all 4×4 positions to the global vector; for `inception` the two heads; for both, with
 * `text.objects`, an object head on the map of the regions.
 *
 * Words such as "left" are about positions, which neither a 1×1 nor a mean over positions distinguishes. Kernels start
 * from He's normals: of kernels from N(0, 0.02), as is usual in GANs, Adam's first steps change a tenth. [ours]
 */
export function imageEncoderParameters(
  { text: { tower, towerWidth, width, objects } }: DamsmConfig,
  targets: string[] = [],
): Parameter[] {
  const objectHead = (channels: number) =>
    objects > 0 ? objectHeadParameters("tower.objects", channels, targets.length) : [];
  if (tower === "inception") {
    const limit = 0.1; // [authors]
    return [
      uniform("tower.regions.kernel", [1, 1, INCEPTION.regions, width], limit),
      uniform("tower.global.kernel", [INCEPTION.pooled, width], limit),
      uniform("tower.global.bias", [width], limit),
      ...objectHead(INCEPTION.regions),
    ];
  }
  const channels = (i: number) => i === 0 ? 3 : towerWidth * 2 ** (i - 1);
  return [
    ...Array.from({ length: DEPTH }, (_, i) => i + 1).flatMap((i) => [
      heKernel(`tower.conv${i}`, [4, 4, channels(i - 1), channels(i)]),
      ...batchNormParameters(`tower.conv${i}.bn`, channels(i)),
    ]),
    heKernel("tower.regions", [1, 1, channels(DEPTH - 1), width]),
    uniform("tower.places", [regionSide.conv ** 2, width], 0.1),
    heKernel("tower.global", [4 * 4 * channels(DEPTH), width]),
    constant("tower.global.bias", [width], 0),
    ...objectHead(channels(DEPTH - 1)),
  ];
}

/**
 * Encodes pictures in [-1, 1] [N, 64, 64, 3].
 *
 * @param state `tower.*`, and `inception.*` for that encoder
 * @returns the features; `updates` and `signals` are those of the pass, in training
 */
export function encodeImage(
  config: DamsmConfig,
  state: State,
  images: Tensor,
  training: boolean,
): EncodedImage & { updates: State; signals: State } {
  const net = openNet(state, training);
  const features = config.text.tower === "inception" ? inceptionFeatures : convolutionFeatures;
  return { ...features(net, images), updates: net.updates, signals: net.signals };
}

/** Logits [N, K] of the objects, place and weather that the object head finds in encoded pictures. */
export function shownObjects(state: State, { regionMap }: EncodedImage): Tensor {
  return objectLogits(openNet(state, false), "tower.objects", regionMap);
}

function convolutionFeatures(net: Net, images: Tensor): EncodedImage {
  const step = (i: number, x: Tensor) =>
    leakyRelu(batchNorm(net, `tower.conv${i}.bn`, conv(net, `tower.conv${i}`, x, 2)));
  const first = step(1, images); // [N, 32, 32, w]
  const second = step(2, first); // [N, 16, 16, 2w]
  const middle = step(3, second); // [N, 8, 8, 4w]
  const last = step(4, middle); // [N, 4, 4, 8w]
  return {
    regions: tf.add(flatRegions(net, middle), get(net, "tower.places")),
    global: linear(net, "tower.global", last.reshape([last.shape[0]!, -1])),
    maps: [first, second, middle, last],
    regionMap: middle,
  };
}

function inceptionFeatures(net: Net, images: Tensor): EncodedImage {
  const { regions, pooled } = inceptionTrunk(net.state, images); // [N, 17, 17, 768], [N, 2048]
  const global = linear(net, "tower.global", pooled);
  return { regions: flatRegions(net, regions), global, maps: [regions], regionMap: regions };
}

/** A map [N, H, W, C] as regions [N, H·W, D]. */
function flatRegions(net: Net, map: Tensor): Tensor {
  const regions = conv(net, "tower.regions", map); // [N, H, W, D]
  return regions.reshape([map.shape[0]!, -1, regions.shape[3]!]);
}
