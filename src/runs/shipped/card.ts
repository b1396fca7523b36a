/** The model card of shipped weights: a page made from the run's record, in the layout of `deno fmt`. */
import { relative, resolve } from "node:path";
import { exists, projectRoot } from "../../base/files.ts";
import { counted } from "../../base/text.ts";
import { metrics, parseName } from "../../metrics/names.ts";
import type { RunRecord } from "../../records/read.ts";
import type { SampledCheckpoint } from "../sampling/checkpoint.ts";
import { wrapText } from "../sampling/sheet.ts";

/** How rounding to float16 changes pictures: the difference of pixels' values, 0 to 255. */
export interface Rounding {
  /** How many stories were drawn with both. */
  stories: number;
  mean: number;
  largest: number;
}

/** The written file. */
export interface DescribedFile {
  dtype: "float32" | "float16";
  bytes: number;
  sha256: string;
  /** How many numbers it stores. */
  numbers: number;
  /** Of a file in float16, where it was measured. */
  rounding?: Rounding | undefined;
}

/**
 * The page: what the weights are, how to load them, numbers with intervals, limits, licence.
 *
 * @param folder where the page is written, for its links
 */
export function modelCard(run: RunRecord, checkpoint: SampledCheckpoint, file: DescribedFile, folder: string): string {
  const { config, data, environment, status } = run;
  const link = (path: string) => relative(resolve(folder), `${projectRoot}/${path}`).replaceAll("\\", "/");
  const page = `data/${data.name}/readme.md`;
  const set = exists(`${projectRoot}/${page}`) ? `[${data.name}](${link(page)})` : data.name;
  const code = `${environment.commit ? `commit \`${environment.commit.slice(0, 12)}\`` : "no commit"}${
    environment.uncommitted ? " with uncommitted changes" : ""
  }`;
  const count = (value: number) => value.toLocaleString("en-US");
  const about = table(["", ""], [
    ["run", `\`${run.name}\`: system \`${config.system}\`, preset \`${config.preset}\`, seed ${config.seed}`],
    ["checkpoint", `${checkpoint.name}, step ${count(checkpoint.step)} of ${count(status.steps)}`],
    ["trained on", `${set}, ${count(data.stories.train ?? 0)} stories of ${counted(data.frames, "frame")}`],
    ["data digest", `\`${data.digest.slice(0, 16)}\``],
    ["code", code],
    ["numbers", `${count(file.numbers)}, stored as ${file.dtype}`],
    ["file", `\`model.safetensors\`, ${count(file.bytes)} bytes`],
    ["SHA-256", `\`${file.sha256}\``],
  ]);
  return [
    `# Weights for ${data.name}`,
    prose(
      `A generator that draws a 64×64 frame for each sentence of a story, with its frozen text encoder and vocabulary, ` +
        `in one safetensors file. \`deno task export-weights\` made the file and this page from the record of a run.`,
    ),
    about,
    "## Load",
    "```sh\n" +
    'deno task sample --story "Mike is out to play in the park." --story "It starts to rain."\n' +
    "```",
    "```ts\n" +
    'import { openShippedModel, sampleStory } from "./src/mod.ts";\n\n' +
    'const { png } = await sampleStory(openShippedModel(), ["Mike is in the park.", "It starts to rain."]);\n' +
    "```",
    prose(
      "Other programs read the file as safetensors: `generator.*` and `text.*` are tensors, and the metadata has the " +
        "configuration (`config`) and the words in the order of their numbers (`vocabulary`) as JSON.",
    ),
    "## Numbers",
    ...numbers(run, checkpoint, file, link("docs/evaluate.md")),
    "## Limits",
    [
      `- The text encoder knows the ${count(data.vocabulary - 2)} words of its training captions; all others are one ` +
      `unknown word.`,
      `- It draws what the stories of ${data.name} show, in 64×64 pixels; other subjects need training on other data.`,
      "- Discriminator, image encoder and the optimiser's state are not in the file: training cannot be continued from it.",
    ].map((item) => prose(item, "  ")).join("\n"),
    "## Licence",
    prose(
      `The weights have the licence of this repository, Apache-2.0 ([LICENSE](${
        link("LICENSE")
      })). Licence and credit ` +
        `of the frames that they were trained on: ${set}.`,
    ),
  ].join("\n\n") + "\n";
}

/** The numbers that were measured with this checkpoint on test, as a table; or that there are none. */
function numbers(
  run: RunRecord,
  { state }: SampledCheckpoint,
  { dtype, rounding }: DescribedFile,
  evaluate: string,
): string[] {
  const found = Object.entries(run.measurements).filter(([name, { checkpoint }]) =>
    parseName(name).split === "test" && checkpoint?.state === state
  );
  const stored = dtype !== "float16"
    ? ""
    : rounding
    ? `This file has them rounded to float16, which changes the value of a pixel (0 to 255) by ` +
      `${rounding.mean.toPrecision(2)} on average and by ${rounding.largest} at most, in ${
        counted(rounding.stories, "test story", "test stories")
      }.`
    : "Those of this file, rounded to float16, are not measured.";
  if (found.length === 0) {
    return [prose(`No number of this checkpoint is recorded: \`deno task evaluate RUN\`. ${stored}`.trimEnd())];
  }
  const better = { lower: "lower", higher: "higher", "near real": "near the real", neither: "" };
  const rounded = (value: number | undefined) => value === undefined ? "" : value.toPrecision(4);
  const rows = found.map(([name, { value, interval, real }]) => {
    const kind = metrics[parseName(name).metric];
    const unit = kind?.unit ? ` ${kind.unit}` : "";
    return [
      `\`${name}\`${unit}`,
      kind ? better[kind.better] : "",
      rounded(value),
      interval ? `${rounded(interval.low)} to ${rounded(interval.high)}` : "",
      rounded(real),
    ];
  });
  const [, first] = found[0]!;
  return [
    prose(
      `Measured on ${
        counted(first.stories, "test story", "test stories")
      } with the float32 weights of the checkpoint. ${stored && `${stored} `}` +
        `[docs/evaluate.md](${evaluate}) describes each number; a name states how it was measured.`,
    ),
    table(["metric", "better", "generated", "95 % interval", "real frames"], rows),
  ];
}

/** Breaks text between words at the line width of `deno fmt`; further lines are indented. */
function prose(text: string, indent = ""): string {
  return wrapText(text, 120 - indent.length).join(`\n${indent}`);
}

/** A table whose columns have the width of their longest cell. */
function table(head: string[], rows: string[][]): string {
  const widths = head.map((title, i) => Math.max(3, title.length, ...rows.map((row) => row[i]!.length)));
  const line = (cells: string[]) => `| ${cells.map((cell, i) => cell.padEnd(widths[i]!)).join(" | ")} |`;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)].join("\n");
}
