/**
 * `deno task prepare NAME [options]`: makes a data set in the form that training reads, unless it is there.
 */
import { z } from "zod";
import { fail } from "../../base/errors.ts";
import { findSource, prepareSet, sourceNames, splits } from "../../data/mod.ts";
import { dataRoot } from "../../records/folder.ts";
import { parseOptions, unknownOption, wholeNumber } from "../common/options.ts";
import { preparationProgress } from "../common/provide_data.ts";
import { runTask } from "../common/run_task.ts";
import { wrapped } from "../common/usage.ts";

/** Options of every set, with their help. */
const common: Record<string, string> = {
  "from PATH": "the downloaded data, a zip or a folder",
  "name NAME": "name of the prepared set (default: NAME of the source)",
  "limit N": "at most N stories of each split (default: all)",
  "skip-bad": "leave out bad input, count it and list it in the report (default: stop at it)",
  "force": "prepare the set again although it is there",
};

/** The parts of an option's JSON schema that the help shows. */
interface Described {
  description?: string;
  default?: unknown;
  enum?: string[];
}

/** The help text: all sources with their own options, then the options of every set. */
async function usage(): Promise<string> {
  const sets = await Promise.all(sourceNames().map(findSource));
  const rows = sets.flatMap(({ name, about, options }) => {
    const { properties = {} } = z.toJSONSchema(options, { io: "input" }) as { properties?: Record<string, Described> };
    const own = Object.entries(properties).map(([key, { description = "", default: value, enum: choices }]) => {
      const values = choices ? `${choices.join(", ")}: ` : "";
      return [`  --${key}`, `${values}${description}${value === undefined ? "" : ` (default ${value})`}`];
    });
    return [[name, about], ...own];
  });
  const lines = [...rows, ["", ""], ...Object.entries(common).map(([key, what]) => [`--${key}`, what])];
  const width = Math.max(...lines.map(([key]) => key!.length)) + 3;
  return `Usage: deno task prepare NAME [options]

Prepares a data set for training: checks and scales every picture, reads the captions, splits the stories, and writes
data/NAME/prepared with a report. NAME, each with the options that it has alone:

${lines.map(([a, b]) => `  ${a!.padEnd(width)}${wrapped(b!, width + 2)}`.trimEnd()).join("\n")}

Example: deno task prepare folder --from my-stories --name mine`;
}

/** Prepares the set that the arguments name and prints its contents. `root` is the `data` folder, for tests. */
export async function prepare(args: string[], root = dataRoot()): Promise<void> {
  const [name] = args.filter((arg) => !arg.startsWith("-"));
  if (name === undefined || args[0] !== name) fail(`Name the data set to prepare first: ${sourceNames().join(", ")}.`);
  const own = Object.keys((await findSource(name)).options.shape);
  const flags = parseOptions(args.slice(1), {
    string: ["from", "name", "limit", ...own],
    boolean: ["skip-bad", "force"],
    unknown: unknownOption(["from", "name", "limit", "skip-bad", "force", ...own]),
  });
  if (flags._.length > 0) fail(`Cannot read "${flags._[0]}": prepare takes one data set, and options as --name VALUE.`);
  const given: Record<string, unknown> = flags;
  const text = (key: string) => given[key] as string | undefined;

  const { onProgress, done } = preparationProgress();
  const { manifest, folder, made, warnings } = await prepareSet(name, {
    root,
    from: text("from"),
    name: text("name"),
    limit: wholeNumber("limit", text("limit"), 1),
    skipBad: given["skip-bad"] === true,
    force: given.force === true,
    options: Object.fromEntries(own.flatMap((key) => given[key] === undefined ? [] : [[key, given[key]]])),
    onProgress,
  }).finally(done);
  const { captions, stories, options } = manifest;
  const number = (n: number) => n.toLocaleString("en-US");
  const settings = Object.entries(options).map(([key, value]) => `${key} ${value}`).join(", ");
  console.log(made ? `Made ${folder}` : `Nothing to do, it is there already: ${folder}`);
  console.log(
    `  stories   ${splits.map((s) => `${number(stories[s])} ${s}`).join(", ")}; ${manifest.frames} ${
      manifest.frames === 1 ? "frame" : "frames"
    } each`,
  );
  console.log(`  frames    ${number(manifest.differentFrames)} different ones, ${number(manifest.pictures)} pictures`);
  console.log(
    `  captions  ${number(captions.count)}; ${captions.vocabulary} words, ` +
      `${captions.shortest} to ${captions.longest} a caption, ${captions.mean} on average`,
  );
  if (settings) console.log(`  options   ${settings}`);
  console.log(`  report    ${folder.replace(/\/prepared$/, "")}/report.html`);
  for (const warning of warnings) console.log(`  warning   ${warning}`);
}

if (import.meta.main) await runTask((args) => prepare(args), await usage());
