/**
 * From sentences to the context from which each frame is generated.
 *
 * Word level: ŝ_t is attention of s_t over all words of the story, without parameters. [authors] Story level: the mean
 * sentence vector is conditioning-augmented (StackGAN) to a story code r, and a GRU that starts from r processes the
 * sentences; its state after sentence t is the context c_t of frame t. [ours: peers start their context encoder from
 * the code too, and with the code 132 wide the parts add up to the 25.1 M of Table 1.]
 */
import { type Tensor, tf } from "../../../engine/mod.ts";
import { attend } from "../../attention.ts";
import { linear, linearParameters } from "../../layers.ts";
import type { Net } from "../../net.ts";
import type { Parameter } from "../../parameters.ts";
import { gru, gruParameters } from "../../recurrent.ts";
import type { Text } from "./condition.ts";
import type { OursConfig } from "./settings.ts";

/** What {@link encodeStory} returns. */
export interface Story {
  /** [s_t; ŝ_t; c_t], and with `model.storyInput` [mean s; r] too [B, T, {@link contextWidth}]. */
  context: Tensor;
  /** Mean μ of the story code [B, c]. */
  mean: Tensor;
  /** Its log σ² [B, c]. */
  logVariance: Tensor;
}

/** Width of the context of a frame: 2D + c, and D + c more with `model.storyInput`. */
export function contextWidth({ text: { width }, model: { storyCode, storyInput } }: OursConfig): number {
  return 2 * width + storyCode + (storyInput ? width + storyCode : 0);
}

export function storyParameters(config: OursConfig): Parameter[] {
  const { text: { width }, model: { storyCode } } = config;
  return [
    ...linearParameters("generator.ca", width, 2 * storyCode), // no ReLU on μ and log σ², unlike the peers
    ...gruParameters("generator.gru", width, storyCode),
  ];
}

/** @param code standard normal noise of the story code [B, c]; used in training only; at inference r = μ */
export function encodeStory(net: Net, config: OursConfig, text: Text, code?: Tensor): Story {
  const width = config.text.width;
  const [stories, frames, length] = text.mask.shape as [number, number, number];
  const allWords = text.words.reshape([stories, frames * length, width]);
  const allMask = text.mask.reshape([stories, frames * length]);
  const { input, storyInput } = config.model;
  const scale = input === "plain" ? 1 / Math.sqrt(width) : 1;
  const attended = attend(text.sentences, allWords, scale, allMask); // ŝ [B, T, D]
  const meanSentence = tf.mean(text.sentences, 1); // [B, D]
  const augmented = linear(net, "generator.ca", meanSentence);
  net.signals["generator.ca"] = augmented;
  const [mean, logVariance] = tf.split(augmented, 2, 1) as [Tensor, Tensor];
  const sampled = net.training && code;
  const start = sampled ? tf.add(mean, tf.mul(tf.exp(tf.mul(logVariance, 0.5)), code)) : mean;
  const states = gru(net, "generator.gru", text.sentences, start); // [B, T, c]
  net.signals["generator.gru"] = states;
  net.observe?.("generator.ca", mean);
  net.observe?.("generator.gru", states);
  const ofStory = storyInput ? [meanSentence, start] : [];
  const tiled = ofStory.map((x) => tf.broadcastTo(tf.expandDims(x, 1), [stories, frames, x.shape[1]!]));
  return { context: tf.concat([text.sentences, attended, states, ...tiled], 2), mean, logVariance };
}
