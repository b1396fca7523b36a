/** Weights that others published: the files, their addresses, and their paths on this machine. */
import { fail } from "../../../base/errors.ts";
import { publishedInception } from "../inception/weights.ts";
import type { Published } from "../read.ts";
import { publishedR2plus1d, r2plus1dFile } from "../r2plus1d/weights.ts";

/** A published file of weights. */
export interface WeightsFile {
  /** Its name below `data/weights`. */
  file: string;
  /** Known addresses; none where it is made from an npm package. */
  urls: string[];
  /** About how large, in MB. */
  megabytes: number;
  licence: string;
  /** Its use, in a few words. */
  use: string;
  /** Its contents. */
  published: () => Published;
}

/** By the name that `deno task fetch weights NAME` takes. */
export const weightsFiles: Record<string, WeightsFile> = {
  "inception-fid": {
    file: "pt_inception-2015-12-05-6726825d.pth",
    urls: [
      "https://github.com/mseitzer/pytorch-fid/releases/download/fid_weights/pt_inception-2015-12-05-6726825d.pth",
    ],
    megabytes: 96,
    licence: "Apache-2.0",
    use: "FID and KID as published",
    published: () => publishedInception("fid"),
  },
  "inception-imagenet": {
    file: "inception_v3_google-0cc3c7bd.pth",
    urls: ["https://download.pytorch.org/models/inception_v3_google-0cc3c7bd.pth"],
    megabytes: 109,
    licence: "BSD-3-Clause",
    use: "text.tower=inception",
    published: () => publishedInception("imagenet"),
  },
  "r2plus1d-18": {
    file: r2plus1dFile,
    urls: ["https://download.pytorch.org/models/r2plus1d_18-91a641e6.pth"],
    megabytes: 126,
    licence: "BSD-3-Clause",
    use: "FSD as published",
    published: publishedR2plus1d,
  },
  "inception-nsfwjs": {
    file: "inception-nsfwjs.safetensors",
    urls: [],
    megabytes: 87,
    licence: "MIT",
    use: "stand-in for FID's network, from npm's nsfwjs (25 MB to fetch)",
    published: () => publishedInception("keras"),
  },
};

/** The folder of weights: `data/weights`. */
export function weightsFolder(dataRoot: string): string {
  return `${dataRoot}/weights`;
}

/**
 * A published file, or one with the same tensors as safetensors, below `data/weights`; undefined when there is none.
 */
export function findWeights(name: string, dataRoot: string): string | undefined {
  const { file } = knownWeights(name);
  const safetensors = file.replace(/\.\w+$/, ".safetensors");
  return [file, safetensors].map((name) => `${weightsFolder(dataRoot)}/${name}`).find(isFile);
}

/** @throws UserError when the file is not there, with the command that gets it. */
export function weightsPath(name: string, dataRoot: string): string {
  const path = findWeights(name, dataRoot);
  if (path) return path;
  const { file, use } = knownWeights(name);
  fail(`The weights ${file} (${use}) are not in ${weightsFolder(dataRoot)}; run deno task fetch weights ${name}.`);
}

/** @throws UserError for an unknown name. */
export function knownWeights(name: string): WeightsFile {
  if (Object.hasOwn(weightsFiles, name)) return weightsFiles[name]!;
  fail(`There are no weights "${name}"; known are ${Object.keys(weightsFiles).join(", ")}.`);
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
