/** Where data sets can be obtained, and the download of those that have a public address. */
import { type Download, download, type Downloaded } from "../../base/download.ts";
import { fail } from "../../base/errors.ts";
import { sha256File } from "../../base/files.ts";
import { openArchive } from "./archive.ts";

/** A data set that is distributed as one file. */
export interface Origin {
  /** Name of the file in `data/NAME`. */
  file: string;
  /** Known addresses; empty where the set was never public. */
  urls: string[];
  /** Size and SHA-256, where they are known. */
  bytes?: number;
  sha256?: string;
  /** Where to ask for the file, in one or two sentences for an error message. */
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
    ask: "Pororo-SV has no known public address: ask the authors of StoryGAN, who send it by e-mail " +
      "(github.com/yitong91/StoryGAN), or look for the link in the readme of CP-CSV (github.com/yunzhusong/ECCV2020_CPCSV).",
  },
};

export interface FetchOptions {
  /** An address that replaces the known ones. */
  url?: string | undefined;
  onProgress?: Download["onProgress"] | undefined;
  /** Replaces {@link origins}, for tests. */
  known?: Record<string, Origin> | undefined;
}

/** The downloaded file; without an address where a complete file was there already. */
export type Fetched = Omit<Downloaded, "url"> & { url?: string; path: string };

/**
 * Downloads the file of data set `name` into `root/NAME`, unless a complete one is there.
 *
 * @throws UserError when the set has no download, or when no address returns a complete zip; the message states where
 *   to ask for the file and how to continue
 */
export async function fetchSet(
  name: string,
  root: string,
  { url, onProgress, known = origins }: FetchOptions = {},
): Promise<Fetched> {
  const origin = known[name] ??
    fail(`The data set "${name}" has no download; those that have one are ${Object.keys(known).join(", ")}.`);
  const path = `${root}/${name}/${origin.file}`;
  const advice = `${origin.ask} Then continue with \`deno task prepare ${name} --from PATH\`.`;
  const urls = url === undefined ? origin.urls : [url];
  const there = await isWhole(path, origin);
  if (there) return { path, ...there };
  if (urls.length === 0) fail(advice);
  for (const address of urls) {
    if (!/^https?:$/.test(URL.parse(address)?.protocol ?? "")) {
      fail(`Cannot download from "${address}": expected an address that starts with http:// or https://.`);
    }
  }
  const { bytes, sha256 } = origin;
  try {
    return { path, ...await download({ urls, path, bytes, sha256, onProgress, check: isZip }) };
  } catch (error) {
    return fail(`${(error as Error).message} ${advice}`, error);
  }
}

/** Size and digest of an existing download, if it agrees with what is known of it; otherwise undefined. */
async function isWhole(path: string, { bytes, sha256 }: Origin): Promise<Omit<Downloaded, "url"> | undefined> {
  const size = await Deno.stat(path).then(({ size }) => size, () => undefined);
  if (size === undefined || (bytes !== undefined && size !== bytes)) return undefined;
  if (sha256 === undefined && !await isZip(path).then(() => true, () => false)) return undefined;
  const digest = sha256File(path);
  return sha256 === undefined || digest === sha256 ? { bytes: size, sha256: digest } : undefined;
}

/** Checks the content, because a server without the file may return an HTML page instead. */
async function isZip(path: string): Promise<void> {
  (await openArchive(path)).close();
}
