/**
 * What the dynamic blocks select and attend to, and what every block computes, in inference mode.
 *
 * The forward passes are those of generation and of training, observed by `Net.observe`, so that no computation is
 * written twice.
 */
import type { State, Tensor } from "../../../engine/mod.ts";
import type { Block, Probes, Trace } from "../../contract.ts";
import { openNet } from "../../net.ts";
import { countTrainable, type Parameter } from "../../parameters.ts";
import { spectralNorm } from "../../spectral_norm.ts";
import { textOf } from "./condition.ts";
import {
  conditionalHead,
  discriminatorParameters,
  discriminatorStages,
  encodePictures,
  joinCondition,
  joinFeatures,
  unconditionalHead,
} from "./discriminator.ts";
import { wordsOf } from "./dynamic_block.ts";
import { generateFrames, generatorParameters, generatorStages } from "./generator.ts";
import type { OursConfig } from "./settings.ts";
import type { Stage } from "./stage.ts";
import { conditionOf } from "./updates.ts";

export const oursProbes: Probes<OursConfig> = { blocks, inspect, exchangeWords, trace };

function blocks(config: OursConfig): Block[] {
  const { g, d, words } = config.model.db;
  const rows = (network: Block["network"], mode: typeof g, stages: Stage[]): Block[] =>
    mode === "none" || mode === "identity" ? [] : stages.filter(({ block }) => block).map(({ size }) => (
      { name: `${network[0]}${size}`, network, size, mode, words }
    ));
  return [
    ...rows("generator", g, generatorStages(config)),
    ...rows("discriminator", d, discriminatorStages(config)),
  ];
}

/** Both networks in inference mode: the discriminator uses running statistics, too, which are those of real pairs. */
function inspect(config: OursConfig, state: State, inputs: State, noise: State): State {
  const text = textOf(inputs);
  const pictures = inputs.images!.reshape([-1, ...inputs.images!.shape.slice(2)]); // [B·T, H, W, 3]
  const { state: normalised } = spectralNorm(state);
  const [generating, generated, real] = [{}, {}, {}] as [State, State, State];
  const into = (values: State) => (name: string, value: Tensor) => void (values[name] = value);
  const { images } = generateFrames(openNet(state, false, into(generating)), config, text, noise);
  const words = wordsOf(openNet(state, false), "discriminator", config, text);
  encodePictures(openNet(normalised, false, into(generated)), config, images, words, {}, "fake");
  encodePictures(openNet(normalised, false, into(real)), config, pictures, words, {}, "real");
  const found: State = {};
  for (const { name, network, size } of blocks(config)) {
    const block = `${network}.db${size}`;
    const keep = (as: string, tensor?: Tensor) => tensor && (found[as] = tensor);
    if (network === "generator") {
      keep(`${name}.u`, generating[`${block}.u`]);
      keep(`${name}.words`, generating[`${block}.words`]);
    } else {
      keep(`${name}.drawn.u`, generated[`${block}.u`]);
      keep(`${name}.real.u`, real[`${block}.u`]);
    }
  }
  return found;
}

/** The words of others are read as the network reads its own: with its running statistics, not those of a batch. */
function exchangeWords(
  config: OursConfig,
  state: State,
  condition: State,
  others: State,
  noise: State,
  block: string,
): Tensor {
  const known = blocks(config).some(({ name, network }) => name === block && network === "generator");
  if (!known) throw new Error(`The generator has no dynamic block "${block}"`); // its answer would be "no change"
  const net = openNet(state, false);
  const exchanged = { [block]: wordsOf(net, "generator", config, textOf(others)) };
  return generateFrames(net, config, textOf(condition), noise, exchanged).images;
}

/** Generates stories and passes them through the discriminator; the story encoder comes first. */
function trace(config: OursConfig, state: State, condition: State, noise: State): ReturnType<Probes["trace"]> {
  const text = textOf(condition);
  const [G, D]: [Observed, Observed] = [[], []];
  const generator = openNet(state, false, recording(G));
  const { images, story } = generateFrames(generator, config, text, noise);
  const discriminator = openNet(spectralNorm(state).state, false, recording(D));
  const words = wordsOf(discriminator, "discriminator", config, text);
  const { features } = encodePictures(discriminator, config, images, words, {}, "real");
  const unconditional = unconditionalHead(discriminator, features);
  const part = joinCondition(discriminator, conditionOf(text, story.mean));
  const conditional = conditionalHead(discriminator, joinFeatures(discriminator, features), part);
  const pictures = images.shape[0]!;
  return {
    images,
    generator: traceOf(G, generatorParameters(config), pictures),
    discriminator: traceOf(D, discriminatorParameters(config), pictures),
    logits: { unconditional, conditional },
  };
}

type Observed = { name: string; value: Tensor }[];

const recording = (observed: Observed) => (name: string, value: Tensor) => void observed.push({ name, value });

/** Activations in the order of computing, and what the dynamic blocks selected, by block. */
function traceOf(observed: Observed, parameters: Parameter[], pictures: number): Trace {
  const found: Trace = { activations: [], selections: [] };
  for (const { name, value } of observed) {
    const [, block, part] = /^(.*\.db\d+)\.(self|words|u)$/.exec(name) ?? [];
    if (block === undefined) {
      found.activations.push({ name, value, parameters: countTrainable(parameters, `${name}.`) });
      continue;
    }
    let selection = found.selections.find((selection) => selection.name === block);
    if (!selection) found.selections.push(selection = { name: block });
    // Pictures with the same words are one group in word attention.
    selection[part as "self" | "words" | "u"] = part === "u" ? value : value.reshape([pictures, -1, value.shape[2]!]);
  }
  return found;
}
