/**
 * The contract between the training loop and what it trains.
 *
 * A {@link Trainable} (a GAN system, DAMSM, the classifier) is a record of pure functions over named tensors. It names
 * its configuration, parameters, data loaders, noise and updates; the loop in `train/loop.ts` names none of
 * them. A {@link StorySystem} generates stories besides. `model/systems/readme.md` shows how to add one.
 */
import type { Settings, SharedConfig } from "../base/config.ts";
import type { LoaderSpec } from "../data/batches/loader.ts";
import type { Draw } from "../data/batches/noise.ts";
import type { State, Tensor } from "../engine/mod.ts";
import type { Parameter } from "./parameters.ts";

/** What shapes and schedules may depend on beside the configuration. */
export interface DataShape {
  /** Stories of the training split. */
  stories: number;
  /** T, frames of a story. */
  frames: number;
  /** Height and width of a frame in pixels. */
  size: number;
  /** V, entries of the vocabulary, padding and unknown included. */
  words: number;
  /** Objects, places and weathers of which losses are told whether frames show them; empty where none reads them. */
  targets: string[];
}

/** Number of steps, and how often training validates and samples. */
export interface Schedule {
  steps: number;
  /** Steps between two validations, each of which saves a checkpoint. */
  checkpoint: number;
  /** Steps between two sample grids; without it there are none. */
  sample?: number;
  /** Validations without a better score after which training ends; 0 never ends it. */
  patience: number;
}

/** Tensors that are used and not trained. */
export interface FrozenNetwork {
  /** Start of their names, e.g. `text.`. */
  prefix: string;
  /** The trainable whose best checkpoint holds them, or `weights` for a published file. */
  from: string;
  /** Whether the losses use them; otherwise only {@link Trainable.condition} does. */
  inLosses: boolean;
}

/**
 * A loss with scalars to report, the next values of tensors that are not trained (running statistics), and the signals
 * of its layers in the order of computing (see `Net`): the first one that is not finite names the part that failed.
 */
export type Loss = [loss: Tensor, aux: { report: State; updates: State; signals: State }];

/** Adam's settings of one update. */
export interface Optimiser {
  /** Learning rate: constant, or a function of the step, which is counted from 1. */
  rate: number | ((step: number) => number);
  beta1: number;
  beta2: number;
  /** Largest gradient norm of the parameters under a prefix. */
  clip?: { prefix: string; norm: number };
}

/** One optimiser's turn in a training step. */
export interface Update {
  /** As in records: `loss.NAME`, `gradient.NAME`. */
  name: string;
  /** Prefixes of the parameters that it trains. */
  trains: string[];
  /** Repetitions in each step, on the same batches with noise of their own. Default: 1. */
  times?: number;
  optimiser: Optimiser;
  /** Numbers of the loss that change with the step, which is counted from 1; given to it as scalars. */
  weights?(step: number): Record<string, number>;
  /**
   * To be differentiated with respect to the parameters that it trains.
   *
   * @param state all tensors, as the updates before left them, with the frozen ones of the losses
   * @param inputs the batch of each loader, see {@link Trainable.condition}
   */
  loss(state: State, inputs: Record<string, State>, noise: State, weights: State): Loss;
}

export interface Trainable<C extends SharedConfig = SharedConfig> {
  /** As in records and in the configuration. */
  name: string;
  /** Its own part of the configuration. */
  settings: Settings;
  schedule(config: C): Schedule;
  /** All its tensors. */
  parameters(config: C, data: DataShape): Parameter[];
  frozen?(config: C): FrozenNetwork[];
  /** Whether its batches and parameters need {@link DataShape.targets}. Default: no. */
  readsTargets?(config: C): boolean;
  /** By name; a loader whose name is its kind uses the random streams of that kind. */
  loaders(config: C, data: DataShape): Record<string, LoaderSpec>;
  /** The random inputs of a training step. */
  noise(config: C, data: DataShape): Record<string, Draw>;
  /**
   * What the losses get of a batch beside its `images`, e.g. encoded captions; compiled as a program of its own,
   * through which no gradient flows. Default: the batch itself.
   *
   * @param frozen all frozen tensors
   * @param batch the fields of a loader's batch without `images`
   */
  condition?(config: C, frozen: State, batch: State): State;
  /** In the order in which they run. */
  updates(config: C, data: DataShape): Update[];
  /** The tensors that are sampled and evaluated, and the decay of their moving average; 0 keeps none. Default: all. */
  average?(config: C): { prefix: string; decay: number };
}

/** Generated stories. */
export interface Generated {
  /** Frames in [-1, 1] [B, T, H, W, 3]. */
  images: Tensor;
  /** Mean p(SA) of each dynamic block, e.g. `g8` (scalars). */
  selectors: State;
  /** Next running statistics, in training mode. */
  updates: State;
}

/** A system that turns the captions of a story into frames. */
export interface StorySystem<C extends SharedConfig = SharedConfig> extends Trainable<C> {
  /** As tables and figures print it. */
  title: string;
  /** The random inputs of {@link generate} in inference mode, for B stories of T frames. */
  latents(config: C, stories: number, frames: number): Record<string, Draw>;
  /** @param condition what {@link Trainable.condition} returns for the captions of the stories */
  generate(config: C, weights: State, condition: State, noise: State, training: boolean): Generated;
  /** For parameter tables and the architecture figure. */
  architecture(config: C): Architecture;
  /** Selections and attention of its blocks; only of a system with such blocks. */
  probes?: Probes<C>;
}

/** A part of a network in the order of computing. */
export interface NetworkPart {
  network: "generator" | "discriminator";
  /** As its parameters are called after the network's name: `up1`, `db16`. */
  part: string;
  kind: "text" | "maps" | "block" | "head";
  /** Height and width of its output; 0 for vectors. */
  size: number;
  channels: number;
  /** Trainable parameters. */
  parameters: number;
}

export interface Architecture {
  /** Inputs of the generator's first layer, with the width of each. */
  inputs: { label: string; width: number }[];
  /** Their parameters sum to the networks' own count. */
  parts: NetworkPart[];
  /** How dynamic blocks select, see the settings of the paper's system. */
  selector?: {
    /** Whether attention divides a·b by √C. */
    scale: boolean;
    /** What is standardised before and after u = ā·b̄, see the settings. */
    logit: "plain" | "channels" | "logit";
    /** Whether the words are standardised. */
    words: "unit" | "raw";
    tau: number;
    inference: "hard" | "soft";
  };
}

/** A dynamic block: its position in the network, and the attentions it selects from. */
export interface Block {
  /** As in the records: `g16`, `d8`. */
  name: string;
  network: "generator" | "discriminator";
  /** Height and width of its feature map. */
  size: number;
  mode: "both" | "sa" | "wsa";
  /** Words that a frame attends to: those of its own sentence, or of the whole story. */
  words: "frame" | "story";
}

/** Outputs of the blocks of a system, in inference mode. */
export interface Probes<C extends SharedConfig = SharedConfig> {
  /** The blocks of both networks, those nearest the input first. */
  blocks(config: C): Block[];
  /**
   * Selector logits and attention weights while stories are generated and evaluated by the discriminator: `g16.u` and
   * `g16.words` of the generator, `d8.drawn.u` of the discriminator on generated frames, `d8.real.u` on real ones.
   *
   * @param inputs `images` and what `condition` returns
   */
  inspect(config: C, state: State, inputs: State, noise: State): State;
  /**
   * Generates stories while one block of the generator reads the words of other captions. All else stays: sentence
   * vectors, story code, noise, and the words of the other blocks.
   *
   * @param others what `condition` returns for the captions whose words the block reads, of the shapes of `condition`
   * @param block the {@link Block.name} of a block of the generator, e.g. `g16`
   * @returns frames in [-1, 1] [B·T, H, W, 3]
   */
  exchangeWords(config: C, state: State, condition: State, others: State, noise: State, block: string): Tensor;
  /** Generates stories and returns the output of every block. */
  trace(config: C, state: State, condition: State, noise: State): StoryTrace;
}

/** The output of one block. */
export interface Activation {
  /** As its parameters are called, e.g. `generator.up1`. */
  name: string;
  value: Tensor;
  /** Its trainable parameters. */
  parameters: number;
}

/** What a dynamic block selected, for N pictures of H×W positions. */
export interface Selection {
  /** As its parameters are called, e.g. `generator.db16`. */
  name: string;
  /** Self-attention weights of each position [N, H·W, H·W]. */
  self?: Tensor;
  /** Word attention weights of each position over its K words [N, H·W, K]. */
  words?: Tensor;
  /** Selector logit u of eq. 1 [N], standardised as the configuration says; w = σ(u). Only of a block with both attentions. */
  u?: Tensor;
}

/** A pass through a network, from its first block to its last. */
export interface Trace {
  activations: Activation[];
  selections: Selection[];
}

/** A pass through generator and discriminator. */
export interface StoryTrace {
  /** Generated frames [B·T, H, W, 3]. */
  images: Tensor;
  generator: Trace;
  discriminator: Trace;
  /** Of both discriminator heads for the generated frames [B·T]; above 0 is classified as real. */
  logits: { unconditional: Tensor; conditional: Tensor };
}
