/**
 * The Inception v3 that npm's `nsfwjs` ships, a classifier of photographs and drawings, as a stand-in for FID's
 * network.
 *
 * The package has Keras' weights in a byte each, as tfjs stores them: value = minimum + scale · byte. They become a
 * safetensors file with torchvision's names, which the reader of the published checkpoints reads too.
 */
import { fail } from "../../../base/errors.ts";
import { sha256 } from "../../../base/files.ts";
import { encodeSafetensors, type StoredTensor } from "../../../formats/safetensors.ts";
import { inceptionConvolutions } from "../inception/layers.ts";

/** The package, and the SHA-256 of all bytes of its weights: the conversion is written for these. */
const specifier = "npm:nsfwjs@4.4.0/models/inception_v3";
const digest = "8a457f3fdec7db18b16e44323454db0eaeb8f314eda0046b2e293e58a5bfabf4";

/** A tensor of a tfjs manifest; its bytes follow those of the tensor before. */
export interface QuantizedWeight {
  name: string;
  shape: number[];
  quantization: { min: number; scale: number; dtype: "uint8" };
}

/** The contents of the package. */
export interface NsfwModel {
  manifest: QuantizedWeight[];
  bytes: Uint8Array;
}

/**
 * Downloads the package and converts it to a safetensors file.
 *
 * Deno fetches it as any npm package, in a process without our node_modules: 25 MB that few need.
 *
 * @throws UserError when npm cannot be reached, or the package has other weights.
 */
export async function fetchNsfwInception(): Promise<Uint8Array<ArrayBuffer>> {
  const { manifest, bytes } = await unpackNsfwjs();
  const found = sha256(bytes);
  if (found !== digest) {
    fail(`The weights in ${specifier} have SHA-256 ${found.slice(0, 12)}…, and ${digest.slice(0, 12)}… was expected.`);
  }
  return convertNsfwInception(manifest, bytes);
}

/** Run by Deno on its own: imports the package and writes its manifest, a line feed and its weights to stdout. */
const unpacker = `
const { InceptionV3Model } = await import(${JSON.stringify(specifier)});
const content = async (load) => (await load()).default;
const { weightsManifest } = await content(InceptionV3Model.modelJson);
const parts = await Promise.all(InceptionV3Model.weightBundles.map(content));
const manifest = new TextEncoder().encode(JSON.stringify(weightsManifest.flatMap(({ weights }) => weights)) + "\\n");
for (const bytes of [manifest, ...parts.map((part) => Uint8Array.fromBase64(part))]) {
  for (let at = 0; at < bytes.length;) at += Deno.stdout.writeSync(bytes.subarray(at));
}`;

/** The package's model as it is stored. */
export async function unpackNsfwjs(): Promise<NsfwModel> {
  const script = await Deno.makeTempFile({ suffix: ".mjs" });
  try {
    await Deno.writeTextFile(script, unpacker);
    const options = ["--no-config", "--no-lock", "--node-modules-dir=none", "--quiet"];
    const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", ...options, script],
      stdout: "piped",
      stderr: "piped",
    }).output();
    if (!success) {
      const why = new TextDecoder().decode(stderr).trim().split("\n")[0];
      fail(`Cannot download ${specifier} (${why}); see whether npm can be reached, and try again.`);
    }
    const end = stdout.indexOf(10);
    return { manifest: JSON.parse(new TextDecoder().decode(stdout.subarray(0, end))), bytes: stdout.subarray(end + 1) };
  } finally {
    await Deno.remove(script);
  }
}

/**
 * Keras numbers its convolutions in the order in which the network is built, which is the order of our description:
 * block by block, branch by branch. Its BatchNorm has no scale.
 *
 * @throws UserError naming the first tensor that is missing or has another shape.
 */
export function convertNsfwInception(manifest: QuantizedWeight[], bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const read = reader(manifest, bytes);
  const tensors: Record<string, StoredTensor> = {};
  inceptionConvolutions().forEach(({ name, kernel }, i) => {
    const [height, width, input, output] = kernel;
    const values = read(`conv2d_${i + 1}/kernel`, kernel);
    const filters = new Float32Array(values.length); // [O, I, h, w] of [h, w, I, O]
    const [places, row] = [height * width, input * output];
    for (let o = 0, to = 0; o < output; o++) {
      for (let c = 0; c < input; c++) {
        for (let place = 0; place < places; place++) filters[to++] = values[place * row + c * output + o]!;
      }
    }
    tensors[`${name}.conv.weight`] = { dtype: "F32", shape: [output, input, height, width], data: filters };
    const vector = (part: string, data: Float32Array) => {
      tensors[`${name}.bn.${part}`] = { dtype: "F32", shape: [output], data };
    };
    const batchNorm = (part: string) => read(`batch_normalization_${i + 1}/${part}`, [output]);
    vector("weight", new Float32Array(output).fill(1));
    vector("bias", batchNorm("beta"));
    vector("running_mean", batchNorm("moving_mean"));
    vector("running_var", batchNorm("moving_variance"));
  });
  return encodeSafetensors(tensors, { source: specifier, licence: "MIT" });
}

/** Reads tensors by name. */
function reader(manifest: QuantizedWeight[], bytes: Uint8Array): (name: string, shape: number[]) => Float32Array {
  const places = new Map<string, QuantizedWeight & { from: number }>();
  let end = 0;
  for (const weight of manifest) {
    places.set(weight.name, { ...weight, from: end });
    end += weight.shape.reduce((a, b) => a * b, 1);
  }
  if (end !== bytes.length) fail(`The weights of ${specifier} have ${bytes.length} bytes, and ${end} were expected.`);
  return (name, shape) => {
    const found = places.get(name);
    if (found?.shape.join() !== shape.join()) {
      fail(`${specifier} holds "${name}" with shape [${found?.shape ?? "none"}], where [${shape}] is expected.`);
    }
    const { min, scale } = found!.quantization;
    const count = shape.reduce((a, b) => a * b, 1);
    return Float32Array.from(bytes.subarray(found!.from, found!.from + count), (byte) => min + scale * byte);
  };
}
