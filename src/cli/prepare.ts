/**
 * `deno task prepare clipart [--stories N] [--seed S] [--force]`: makes a data set, or says that it is there.
 */
import { parseArgs } from "@std/cli";
import { fail } from "../base/errors.ts";
import { CLIPART_DEFAULTS, makeClipart, splits } from "../data/mod.ts";
import { unknownOption, wholeNumber } from "./options.ts";
import { composing } from "./ready.ts";
import { runTask } from "./run_task.ts";

const usage = `deno task prepare clipart [--stories N] [--seed S] [--force]

  --stories N   training stories; validation and test get an eighth as many each (default ${CLIPART_DEFAULTS.stories})
  --seed S      another world of stories (default ${CLIPART_DEFAULTS.seed})
  --force       make the set anew though one is there`;

/** Data sets that this task can make. */
const known = ["clipart"];

/** Reads the arguments, makes the set and prints what it holds. `root` is the `data` folder, for tests. */
export async function prepare(args: string[], root?: string): Promise<void> {
  const options = parseArgs(args, {
    string: ["stories", "seed"],
    boolean: ["force"],
    unknown: unknownOption(["stories", "seed", "force"]),
  });
  const [name, ...more] = options._.map(String);
  if (name === undefined) fail(`Name the data set to prepare: ${known.join(", ")}.`);
  if (!known.includes(name)) fail(`Unknown data set "${name}"; the known ones are ${known.join(", ")}.`);
  if (more.length > 0) fail(`Cannot read "${more[0]}": prepare takes one data set.`);

  const stories = wholeNumber("stories", options.stories);
  const seed = wholeNumber("seed", options.seed);
  const { onProgress, done } = composing();
  const { manifest, folder, made } = await makeClipart({ stories, seed, root, force: options.force, onProgress })
    .finally(done);
  const { captions } = manifest;
  const counts = splits.map((split) => `${manifest.stories[split].toLocaleString("en-US")} ${split}`).join(", ");
  console.log(made ? `Made ${folder}` : `Nothing to do, it is there already: ${folder}`);
  console.log(`  stories   ${counts}; ${manifest.frames} frames each, seed ${manifest.seed}`);
  console.log(
    `  captions  ${captions.count.toLocaleString("en-US")}; ${captions.vocabulary} words, ` +
      `${captions.shortest} to ${captions.longest} a caption, ${captions.mean} on average`,
  );
  console.log(`  look at   ${folder}/contact.png`);
}

if (import.meta.main) await runTask((args) => prepare(args), usage);
