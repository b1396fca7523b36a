/** The structure of both networks as rows, read from their own declarations. */
import type { Architecture, NetworkPart } from "../../contract.ts";
import { countTrainable, type Parameter } from "../../parameters.ts";
import { discriminatorParameters, discriminatorStages } from "./discriminator.ts";
import { generatorParameters, generatorStages } from "./generator.ts";
import type { OursConfig } from "./settings.ts";
import type { Stage } from "./stage.ts";

export function oursArchitecture(config: OursConfig): Architecture {
  const parameters = [...generatorParameters(config), ...discriminatorParameters(config)];
  const part = (
    network: NetworkPart["network"],
    name: string,
    kind: NetworkPart["kind"],
    size: number,
    channels: number,
  ): NetworkPart => ({
    network,
    part: name,
    kind,
    size,
    channels,
    parameters: countTrainable(parameters, `${network}.${name}.`),
  });
  const stages = (network: NetworkPart["network"], list: Stage[]) =>
    list.flatMap(({ name, size, channels, block }) => [
      part(network, name.slice(network.length + 1), "maps", size, channels),
      ...(block ? [part(network, `db${size}`, "block", size, channels)] : []),
    ]);
  const { text: { width }, data: { labels }, model: { noise, storyCode, storyInput, db } } = config;
  const first = shapeOf(parameters, "generator.fc.kernel")[1]! / 16;
  return {
    inputs: [
      { label: "noise z", width: noise },
      { label: "sentence s", width },
      { label: "words read by s", width },
      { label: "story context c", width: storyCode },
      ...(storyInput ? [{ label: "mean sentence", width }, { label: "story code", width: storyCode }] : []),
      ...(labels > 0 ? [{ label: "labels", width: labels }] : []),
    ],
    parts: [
      part("generator", "ca", "text", 0, storyCode),
      part("generator", "gru", "text", 0, storyCode),
      part("generator", "fc", "maps", 4, first),
      ...stages("generator", generatorStages(config)),
      part("generator", "image", "maps", 64, shapeOf(parameters, "generator.image.kernel").at(-1)!),
      ...stages("discriminator", discriminatorStages(config)),
      part("discriminator", "conditional", "head", 0, 1),
      part("discriminator", "unconditional", "head", 0, 1),
    ],
    selector: { scale: db.scale, logit: db.selector, words: db.wordScale, tau: db.tau, inference: db.inference },
  };
}

function shapeOf(parameters: Parameter[], name: string): number[] {
  return parameters.find((parameter) => parameter.name === name)!.shape;
}
