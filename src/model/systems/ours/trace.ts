/**
 * Stepping through both networks: what each block computes, and where the dynamic blocks look.
 *
 * The forward passes are those of drawing and judging themselves, with somebody watching (`Net.watch`); nothing is
 * written twice, so what is seen is what runs. For eyes, not for training: every value is kept.
 */
import type { Config } from "../../../base/config.ts";
import { type State, type Tensor, tf } from "../../../engine/mod.ts";
import { encodePictures, judge, judgeMatch, readCondition, readFeatures } from "./discriminator.ts";
import { wordsOf } from "./dynamic_block.ts";
import { generateFrames } from "./generator.ts";
import { openNet } from "../../net.ts";
import { countTrainable, type Parameter } from "../../parameters.ts";
import { spectralNorm } from "../../spectral_norm.ts";
import { conditionOf } from "./mod.ts";
import type { Text } from "../../contract.ts";

/** A block that was passed. */
export interface Stop {
  /** As its parameters are called, e.g. `generator.up1`. */
  name: string;
  /** What came out of it. */
  value: Tensor;
  /** Its learnt scalars. */
  parameters: number;
}

/** What a dynamic block decided, for N pictures of H×W places. */
export interface Decision {
  /** As its parameters are called, e.g. `generator.db16`. */
  name: string;
  /** β of self-attention: where each place looks in its own picture [N, H·W, H·W]. */
  self?: Tensor;
  /** β of word attention: which of its K words each place looks at [N, H·W, K]. */
  words?: Tensor;
  /** The correlation u = ā·b̄ of eq. 1, log w − log(1 − w) [N]; only where a block has both to choose from. */
  u?: Tensor;
}

/** A pass through a network, from its first block to its last. */
export interface Walk {
  stops: Stop[];
  decisions: Decision[];
}

/**
 * Draws stories in inference mode and keeps what every block computed; the story encoder comes first.
 *
 * @param parameters what the system declares, for their counts
 */
export function walkGenerator(
  config: Config,
  parameters: Parameter[],
  state: State,
  text: Text,
  noise: State,
): Walk & { images: Tensor /* [B·T, 64, 64, 3] */; mean: Tensor /* of the story code [B, c] */ } {
  const watched: Watched = [];
  const net = openNet(state, false, watching(watched));
  const { images, story } = generateFrames(net, config, text, noise);
  return { ...sorted(watched, parameters, images.shape[0]!), images, mean: story.mean };
}

/**
 * Judges pictures in inference mode and keeps what every block computed.
 *
 * @param images [B·T, 64, 64, 3], frame after frame of the stories that `text` tells
 * @param mean of the story code [B, c], a part of the condition
 * @returns also the logits of both heads [B·T], above 0 for what passes as real
 */
export function walkDiscriminator(
  config: Config,
  parameters: Parameter[],
  state: State,
  images: Tensor,
  text: Text,
  mean: Tensor,
): Walk & { unconditional: Tensor; conditional: Tensor } {
  const watched: Watched = [];
  const net = openNet(spectralNorm(state).state, false, watching(watched));
  const { features } = encodePictures(net, config, images, wordsOf(config, text), {}, "real");
  const unconditional = judge(net, features);
  const condition = readCondition(net, conditionOf(text, mean));
  const conditional = judgeMatch(net, readFeatures(net, features), condition);
  return { ...sorted(watched, parameters, images.shape[0]!), unconditional, conditional };
}

type Watched = { name: string; value: Tensor }[];

const watching = (watched: Watched) => (name: string, value: Tensor) => void watched.push({ name, value });

/** Blocks in the order of computing, and the parts of the dynamic blocks by block. */
function sorted(watched: Watched, parameters: Parameter[], pictures: number): Walk {
  const walk: Walk = { stops: [], decisions: [] };
  for (const { name, value } of watched) {
    const [, block, part] = /^(.*\.db\d+)\.(self|words|u)$/.exec(name) ?? [];
    if (block === undefined) {
      walk.stops.push({ name, value, parameters: countTrainable(parameters, `${name}.`) });
      continue;
    }
    let decision = walk.decisions.find((decision) => decision.name === block);
    if (!decision) walk.decisions.push(decision = { name: block });
    // Pictures that share their words were looked at together.
    decision[part as "self" | "words" | "u"] = part === "u" ? value : value.reshape([pictures, -1, value.shape[2]!]);
  }
  return walk;
}

/** What of a feature map is large: the mean of |x| over the channels, [N, H, W, C] → [N, H·W]. */
export function strength(features: Tensor): Tensor {
  return tf.mean(tf.abs(features), 3).reshape([features.shape[0]!, -1]);
}
