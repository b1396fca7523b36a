/**
 * `deno task cache [--clear]`: the size of the compiled programs kept on disk, and how to remove them.
 */
import { relative } from "node:path";
import { counted } from "../../base/text.ts";
import { cacheVariable, clearPrograms, listPrograms, programCache } from "../../engine/mod.ts";
import { parseOptions, unknownOption } from "../common/options.ts";
import { runTask } from "../common/run_task.ts";

const usage = `Usage: deno task cache [options]

Shows the number and size of the compiled programs on disk. ${cacheVariable}=FOLDER keeps them in another
folder, ${cacheVariable}=off keeps none.

  --clear  remove them; they are compiled again when needed

Example: deno task cache --clear`;

/** Shows or empties the cache; returns a line for the user. */
export function cacheTask(args: string[]): string {
  const { clear } = parseOptions(args, { boolean: ["clear"], unknown: unknownOption(["clear"]) });
  const cache = programCache();
  if (!cache) return `no programs are kept: ${cacheVariable} is off`;
  const programs = listPrograms(cache.folder);
  const bytes = programs.reduce((sum, program) => sum + program.bytes, 0);
  if (clear) clearPrograms(cache.folder);
  const where = relative(Deno.cwd(), cache.folder) || ".";
  const size = `${counted(programs.length, "compiled program")}, ${megabytes(bytes)}`;
  return clear ? `removed ${size}, from ${where}` : `${size} of at most ${megabytes(cache.limit)}, in ${where}`;
}

const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;

if (import.meta.main) await runTask((args) => Promise.resolve(console.log(cacheTask(args))), usage);
