/**
 * `deno task fetch NAME [--url URL]`: brings the download of a data set, or says where to ask for it.
 */
import { parseArgs } from "@std/cli";
import { fail } from "../base/errors.ts";
import { type FetchOptions, fetchSet, origins } from "../data/fetch.ts";
import { dataRoot } from "../runs/folder.ts";
import { shownPath, unknownOption } from "./options.ts";
import { type Progress, progress } from "./progress.ts";
import { runTask } from "./run_task.ts";

const usage = `deno task fetch NAME [--url URL]

Brings the download of a data set (${Object.keys(origins).join(", ")}) into data/NAME, or says where to ask for it.
A download that was cut goes on where it stopped.
  --url URL  fetch from there, in place of the addresses that are known`;

/** Fetches a set and prints what came; `known` and `root`, the `data` folder, are for tests. */
export async function fetchTask(args: string[], known?: FetchOptions["known"], root = dataRoot()): Promise<void> {
  const { _: names, url } = parseArgs(args, { string: ["url"], unknown: unknownOption(["url"]) });
  if (names.length !== 1) fail(`Name one data set to fetch: ${Object.keys(known ?? origins).join(", ")}.`);
  const name = String(names[0]);
  let bar: Progress | undefined;
  const onProgress = (done: number, total?: number) =>
    (bar ??= progress("Fetching", (total ?? done) / 1e6, "MB")).update(done / 1e6);
  const fetched = await fetchSet(name, root, { url, known, onProgress }).finally(() => bar?.done());
  const path = shownPath(fetched.path);
  console.log(fetched.url ? `Fetched ${path} from ${fetched.url}` : `Nothing to do, it is there already: ${path}`);
  console.log(`  size      ${fetched.bytes.toLocaleString("en-US")} bytes`);
  console.log(`  SHA-256   ${fetched.sha256}`);
  console.log(`  go on     deno task prepare ${name} --from ${path}`);
}

if (import.meta.main) await runTask((args) => fetchTask(args), usage);
