/** Trainable parameters of a configuration by part, as Table 1 of the paper counts them. */
import Table from "cli-table3";
import type { Config } from "../../model/config.ts";
import { imageEncoderParameters } from "../../model/damsm/image_encoder.ts";
import { textParameters } from "../../model/damsm/text_encoder.ts";
import { countTrainable } from "../../model/parameters.ts";
import { countNetworks, paperSystem, systemByName } from "../../model/systems/mod.ts";

/** What Table 1 prints for "Ours": millions, cut (not rounded) to one decimal as in all its rows. [paper] */
const PRINTED = { generator: "25.1M", discriminator: "23.5M" };

/** Numbers of trainable parameters. */
export interface ParamsReport {
  system: string;
  preset: string;
  generator: number;
  discriminator: number;
  /** Text encoder without its embedding; frozen in training and in neither number of Table 1. */
  text: number;
  /** What each word of the vocabulary adds to the text encoder. */
  textPerWord: number;
  /** The image encoder that is pre-trained together with the text encoder. */
  imageEncoder: number;
  /** `generator.fc`, `discriminator.db8`, …; they add up to the two totals. */
  parts: Record<string, number>;
}

/** Counts the parameters of a configuration without creating them. */
export function paramsReport(config: Config): ParamsReport {
  const { parts } = systemByName(config.system).architecture(config);
  const textPerWord = config.text.embedding;
  return {
    system: config.system,
    preset: config.preset,
    ...countNetworks(config),
    text: countTrainable(textParameters(config, 1)) - textPerWord,
    textPerWord,
    imageEncoder: countTrainable(imageEncoderParameters(config)),
    parts: Object.fromEntries(parts.map(({ network, part, parameters }) => [`${network}.${part}`, parameters])),
  };
}

/** Millions cut to one decimal, as Table 1 prints them: 25,139,600 → "25.1M". */
export function inMillions(count: number): string {
  return `${(Math.floor(count / 1e5) / 10).toFixed(1)}M`;
}

/** The report as a table with the paper's numbers beside it. */
export function paramsTable(report: ParamsReport): string {
  const table = new Table({
    head: ["part", "trainable", "Table 1 style", "paper"],
    colAligns: ["left", "right", "right", "right"],
    style: { head: [], border: [] },
    chars: { mid: "", "left-mid": "", "mid-mid": "", "right-mid": "" }, // no rule between rows
  });
  const number = (count: number) => count.toLocaleString("en-US");
  for (const network of ["generator", "discriminator"] as const) {
    for (const [part, count] of Object.entries(report.parts)) {
      if (part.startsWith(`${network}.`)) table.push([part, number(count), "", ""]);
    }
    // Table 1 counts the model of the preset `paper`; beside another preset its number stands in brackets.
    const printed = report.system !== paperSystem
      ? ""
      : report.preset === "paper"
      ? PRINTED[network]
      : `(${PRINTED[network]})`;
    table.push([`${network}, total`, number(report[network]), inMillions(report[network]), printed]);
  }
  table.push(["text encoder, frozen", `${number(report.text)} + ${report.textPerWord}·V`, "", "not counted"]);
  table.push(["image encoder, pre-training", number(report.imageEncoder), "", "not counted"]);
  return `${report.system}, preset ${report.preset} (V: words of the vocabulary)\n${table.toString()}`;
}
