/** Where data sets may be had, and fetching those that may be fetched. */
import { type Download, download, type Downloaded } from "../../base/download.ts";
import { fail } from "../../base/errors.ts";
import { sha256File } from "../../base/files.ts";
import { openArchive } from "./archive.ts";

/** A set that people hold as a download. */
export interface Origin {
  /** The name of its file, in `data/NAME`. */
  file: string;
  /** Addresses that are known; none where the set was never public. */
  urls: string[];
  /** Size and SHA-256; left out where nobody has told us. */
  bytes?: number;
  sha256?: string;
  /** Where a user may ask for it, a sentence or two. */
  ask: string;
}

export const origins: Record<string, Origin> = {
  abstract: {
    file: "AbstractScenes_v1.1.zip",
    urls: ["https://vision.ece.vt.edu/clipart/dataset/AbstractScenes_v1.1.zip"],
    ask:
      "The project page was http://optimus.cc.gatech.edu/clipart/; if it does not offer AbstractScenes_v1.1.zip, ask " +
      "the authors, C. Lawrence Zitnick and Devi Parikh, or a group that has published on Abstract Scenes.",
  },
  pororo: {
    file: "pororo.zip",
    urls: [],
    ask: "Pororo-SV has no public address that we know: ask the authors of StoryGAN, who send it by e-mail " +
      "(github.com/yitong91/StoryGAN), or look for the link in the readme of CP-CSV (github.com/yunzhusong/ECCV2020_CPCSV).",
  },
};

export interface FetchOptions {
  /** An address of the user's own, tried in place of the known ones. */
  url?: string;
  onProgress?: Download["onProgress"];
  /** For tests. */
  known?: Record<string, Origin>;
}

/** What was fetched, or that the file is there already (then without an address). */
export type Fetched = Omit<Downloaded, "url"> & { url?: string; path: string };

/**
 * Fetches the download of set `name` into `root/NAME`, unless it is there.
 *
 * @throws UserError when there is nothing to fetch, or no address gives a whole zip: where to ask, and how to go on.
 */
export async function fetchSet(
  name: string,
  root: string,
  { url, onProgress, known = origins }: FetchOptions = {},
): Promise<Fetched> {
  const origin = known[name] ??
    fail(`There is nothing to fetch for "${name}"; sets with a download are ${Object.keys(known).join(", ")}.`);
  const path = `${root}/${name}/${origin.file}`;
  const goOn = `${origin.ask} Then go on with \`deno task prepare ${name} --from PATH\`.`;
  const urls = url === undefined ? origin.urls : [url];
  const there = await isWhole(path, origin);
  if (there) return { path, ...there };
  if (urls.length === 0) fail(goOn);
  for (const address of urls) {
    if (!/^https?:$/.test(URL.parse(address)?.protocol ?? "")) {
      fail(`"${address}" is no address: write http://… or https://….`);
    }
  }
  const { bytes, sha256 } = origin;
  try {
    return { path, ...await download({ urls, path, bytes, sha256, onProgress, check: isZip }) };
  } catch (error) {
    return fail(`${(error as Error).message} ${goOn}`, error);
  }
}

/** Size and digest of a download that is there, if it is what it should be as far as that is known. */
async function isWhole(path: string, { bytes, sha256 }: Origin): Promise<Omit<Downloaded, "url"> | undefined> {
  const size = await Deno.stat(path).then(({ size }) => size, () => undefined);
  if (size === undefined || (bytes !== undefined && size !== bytes)) return undefined;
  if (sha256 === undefined && !await isZip(path).then(() => true, () => false)) return undefined;
  const digest = sha256File(path);
  return sha256 === undefined || digest === sha256 ? { bytes: size, sha256: digest } : undefined;
}

/** A server that is gone may answer with a page of its own. */
async function isZip(path: string): Promise<void> {
  (await openArchive(path)).close();
}
