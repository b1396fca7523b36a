/**
 * `deno task fetch NAME`: downloads a data set, or prints where to ask for it;
 * `deno task fetch weights [NAME …]`: downloads published weights of feature networks.
 */
import { fail } from "../../base/errors.ts";
import { type FetchOptions, fetchSet, origins } from "../../data/files/fetch.ts";
import { fetchWeights, type FetchWeightsOptions } from "../../model/pretrained/published/fetch.ts";
import { findWeights, knownWeights, weightsFiles } from "../../model/pretrained/published/files.ts";
import { dataRoot } from "../../records/folder.ts";
import { parseOptions, unknownOption } from "../common/options.ts";
import { fullPath } from "../common/paths.ts";
import { type Progress, progress } from "../common/progress.ts";
import { runTask } from "../common/run_task.ts";
import { table } from "../common/table.ts";

const usage = `Usage: deno task fetch NAME [options]
       deno task fetch weights [NAME …] [options]

Downloads a data set into data/NAME, or prints where to ask for it; or published weights into data/weights. Without a
name, "fetch weights" lists the weights. An interrupted download continues where it stopped.

  NAME         data sets: ${Object.keys(origins).join(", ")}
               weights: ${Object.keys(weightsFiles).join(", ")}
  --url URL    address of the data set (default: the known addresses)
  --from FILE  take the weights from a local file, .pth or .safetensors (default: download)

Example: deno task fetch weights inception-fid`;

/** For tests: known data sets, known weights, and the `data` folder. */
interface TaskOptions {
  sets?: FetchOptions["known"];
  weights?: FetchWeightsOptions["known"];
  root?: string;
}

/** Downloads what the arguments name and prints path, size and digest. */
export async function fetchTask(args: string[], { sets, weights, root = dataRoot() }: TaskOptions = {}): Promise<void> {
  const known = ["url", "from"];
  const { _: names, url, from } = parseOptions(args, { string: known, unknown: unknownOption(known) });
  const [first, ...rest] = names.map(String);
  if (first === "weights") {
    if (url !== undefined) fail("--url is for data sets; weights take --from FILE.");
    return await fetchAllWeights(rest, root, from, weights);
  }
  if (first === undefined || rest.length > 0) {
    fail(`Name one data set to fetch: ${Object.keys(sets ?? origins).join(", ")}; or weights.`);
  }
  if (from !== undefined) {
    fail(`--from is for weights; for a data set that you have, run deno task prepare ${first} --from PATH.`);
  }
  const fetched = await withProgress(
    "Fetching",
    (onProgress) => fetchSet(first, root, { url, known: sets, onProgress }),
  );
  const path = fullPath(fetched.path);
  console.log(fetched.url ? `Fetched ${path} from ${fetched.url}` : `Nothing to do, it is there already: ${path}`);
  printSize(fetched);
  console.log(`  next      deno task prepare ${first} --from ${path}`);
}

async function fetchAllWeights(
  names: string[],
  root: string,
  from: string | undefined,
  known: FetchWeightsOptions["known"],
): Promise<void> {
  if (names.length === 0) {
    if (from !== undefined) fail(`Name what "${from}" is: ${Object.keys(weightsFiles).join(", ")}.`);
    const rows = Object.entries(weightsFiles).map(([name, weights]) => [
      name,
      weights.file,
      String(weights.megabytes),
      weights.licence,
      weights.use,
      findWeights(name, root) ? "yes" : "no",
    ]);
    console.log(table(["name", "file", "MB", "licence", "used for", "present"], rows));
    return;
  }
  if (from !== undefined && names.length > 1) fail("--from FILE is one file; name one of the weights.");
  for (const name of names) if (!known) knownWeights(name); // refuses unknown names before any download
  for (const name of names) {
    const fetched = await withProgress(name, (onProgress) => fetchWeights(name, root, { from, onProgress, known }));
    const path = fullPath(fetched.path);
    console.log(fetched.source ? `${path} from ${fetched.source}` : `Nothing to do, it is there already: ${path}`);
    printSize(fetched);
  }
}

/** Runs a download with a progress bar. */
async function withProgress<T>(
  title: string,
  work: (onProgress: (done: number, total?: number) => void) => Promise<T>,
): Promise<T> {
  let bar: Progress | undefined;
  const onProgress = (done: number, total?: number) =>
    (bar ??= progress(title, (total ?? done) / 1e6, "MB")).update(done / 1e6);
  return await work(onProgress).finally(() => bar?.done());
}

function printSize({ bytes, sha256 }: { bytes: number; sha256: string }): void {
  console.log(`  size      ${bytes.toLocaleString("en-US")} bytes`);
  console.log(`  SHA-256   ${sha256}`);
}

if (import.meta.main) await runTask((args) => fetchTask(args), usage);
