/**
 * Bilinear resizing and the gradients of resizing, as products with weight matrices.
 *
 * The gradients of tfjs 4.22 on `cpu` are wrong: the nearest one has a wrong batch stride, the bilinear one exchanges
 * height and width, and neither supports half-pixel centres.
 */
import { type Tensor, tf } from "../tf.ts";
import { bilinearMatrix, nearestMatrix, type Resize } from "../resize_rows.ts";
import { einsum } from "./einsum.ts";
import { type Attributes, composed } from "./register.ts";

type Weights = (from: number, to: number, resize: Resize) => Float32Array;

/** The matrices [H', H] and [W', W] that resize an image. */
function matrices(weights: Weights, [h, w]: number[], [H, W]: number[], attributes: Attributes): [Tensor, Tensor] {
  const resize = { alignCorners: !!attributes.alignCorners, halfPixelCenters: !!attributes.halfPixelCenters };
  return [tf.tensor2d(weights(h!, H!, resize), [H!, h!]), tf.tensor2d(weights(w!, W!, resize), [W!, w!])];
}

composed("ResizeBilinear", ["xla"], ({ images }, attributes) => {
  const [rows, columns] = matrices(bilinearMatrix, images!.shape.slice(1, 3), attributes.size as number[], attributes);
  return einsum("Hh,nhWc->nHWc", rows, einsum("Ww,nhwc->nhWc", columns, tf.cast(images!, "float32")));
});

function gradient(weights: Weights) {
  return ({ images, dy }: Record<string, Tensor>, attributes: Attributes) => {
    const [rows, columns] = matrices(weights, images!.shape.slice(1, 3), dy!.shape.slice(1, 3), attributes);
    return einsum("Hh,nHwc->nhwc", rows, einsum("Ww,nHWc->nHwc", columns, dy!));
  };
}
composed("ResizeBilinearGrad", ["xla", "cpu", "wasm"], gradient(bilinearMatrix));
composed("ResizeNearestNeighborGrad", ["cpu", "wasm"], gradient(nearestMatrix));
