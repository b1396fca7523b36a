/** The model's structure as rows, read from its own declarations: what figure 1 draws. */
import type { Config } from "../../base/config.ts";
import { discriminatorStages } from "../../model/systems/ours/discriminator.ts";
import { generatorStages } from "../../model/systems/ours/generator.ts";
import { countTrainable, type Parameter } from "../../model/parameters.ts";
import { systemByName } from "../../model/systems/mod.ts";
import type { Stage } from "../../model/contract.ts";

/** A part of a network in the order of computing, with what it learns. */
export interface Part {
  network: "generator" | "discriminator";
  /** As its parameters are called after the network's name: `up1`, `db16`. */
  part: string;
  kind: "text" | "maps" | "block" | "head";
  /** Height and width of what comes out; 0 for vectors. */
  size: number;
  channels: number;
  parameters: number;
}

/** Both networks' parts; their parameters sum to the networks' own count. */
export function architecture(config: Config): Part[] {
  const parameters = systemByName(config.system).parameters(config);
  const part = (
    network: Part["network"],
    name: string,
    kind: Part["kind"],
    size: number,
    channels: number,
  ): Part => ({
    network,
    part: name,
    kind,
    size,
    channels,
    parameters: countTrainable(parameters, `${network}.${name}.`),
  });
  const stages = (network: Part["network"], list: Stage[]) =>
    list.flatMap(({ name, size, channels, block }) => [
      part(network, name.slice(network.length + 1), "maps", size, channels),
      ...(block ? [part(network, `db${size}`, "block", size, channels)] : []),
    ]);
  const first = shapeOf(parameters, "generator.fc.kernel")[1]! / 16;
  return [
    part("generator", "ca", "text", 0, config.model.storyCode),
    part("generator", "gru", "text", 0, config.model.storyCode),
    part("generator", "fc", "maps", 4, first),
    ...stages("generator", generatorStages(config)),
    part("generator", "image", "maps", 64, shapeOf(parameters, "generator.image.kernel").at(-1)!),
    ...stages("discriminator", discriminatorStages(config)),
    part("discriminator", "conditional", "head", 0, 1),
    part("discriminator", "unconditional", "head", 0, 1),
  ];
}

/** Width of what the generator's first layer reads: [z; s; ŝ; c] and labels, if any. */
export function inputWidth(config: Config): number {
  return shapeOf(systemByName(config.system).parameters(config), "generator.fc.kernel")[0]!;
}

function shapeOf(parameters: Parameter[], name: string): number[] {
  return parameters.find((parameter) => parameter.name === name)!.shape;
}
