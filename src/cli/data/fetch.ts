/**
 * `deno task fetch NAME [--url URL]`: brings the download of a data set, or says where to ask for it;
 * `deno task fetch weights [NAME …] [--from FILE]`: brings weights that others published.
 */
import { parseArgs } from "@std/cli";
import { fail } from "../../base/errors.ts";
import { type FetchOptions, fetchSet, origins } from "../../data/files/fetch.ts";
import { fetchWeights, type FetchWeightsOptions } from "../../model/pretrained/published/fetch.ts";
import { findWeights, knownWeights, weightsFiles } from "../../model/pretrained/published/files.ts";
import { dataRoot } from "../../records/folder.ts";
import { shownPath, unknownOption } from "../common/options.ts";
import { type Progress, progress } from "../common/progress.ts";
import { runTask } from "../common/run_task.ts";
import { table } from "../common/table.ts";

const usage = `deno task fetch NAME [--url URL]
deno task fetch weights [NAME …] [--from FILE]

Brings the download of a data set (${Object.keys(origins).join(", ")}) into data/NAME, or says where to ask for it;
or published weights (${Object.keys(weightsFiles).join(", ")}) into data/weights. Without a name, "fetch weights"
lists them. A download that was cut goes on where it stopped.
  --url URL    fetch the set from there, in place of the addresses that are known
  --from FILE  take the weights from a file of yours, .pth or .safetensors`;

/** What tests set: what is known of a set or of weights, and the `data` folder. */
interface TaskOptions {
  sets?: FetchOptions["known"];
  weights?: FetchWeightsOptions["known"];
  root?: string;
}

/** Fetches what is named and prints what came. */
export async function fetchTask(args: string[], { sets, weights, root = dataRoot() }: TaskOptions = {}): Promise<void> {
  const known = ["url", "from"];
  const { _: names, url, from } = parseArgs(args, { string: known, unknown: unknownOption(known) });
  const [first, ...rest] = names.map(String);
  if (first === "weights") {
    if (url !== undefined) fail("--url is for data sets; weights take --from FILE.");
    return await fetchAllWeights(rest, root, from, weights);
  }
  if (first === undefined || rest.length > 0) {
    fail(`Name one data set to fetch: ${Object.keys(sets ?? origins).join(", ")}; or weights.`);
  }
  if (from !== undefined) {
    fail(`--from is for weights; a data set of yours goes to deno task prepare ${first} --from PATH.`);
  }
  const fetched = await watched("Fetching", (onProgress) => fetchSet(first, root, { url, known: sets, onProgress }));
  const path = shownPath(fetched.path);
  console.log(fetched.url ? `Fetched ${path} from ${fetched.url}` : `Nothing to do, it is there already: ${path}`);
  printSize(fetched);
  console.log(`  go on     deno task prepare ${first} --from ${path}`);
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
    console.log(table(["name", "file", "MB", "licence", "for", "here"], rows));
    return;
  }
  if (from !== undefined && names.length > 1) fail("--from FILE is one file; name one of the weights.");
  for (const name of names) if (!known) knownWeights(name); // refused before anything is fetched
  for (const name of names) {
    const fetched = await watched(name, (onProgress) => fetchWeights(name, root, { from, onProgress, known }));
    const path = shownPath(fetched.path);
    console.log(fetched.source ? `${path} from ${fetched.source}` : `Nothing to do, it is there already: ${path}`);
    printSize(fetched);
  }
}

/** Runs a download with a progress bar. */
async function watched<T>(
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
