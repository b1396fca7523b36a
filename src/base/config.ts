/**
 * The one typed configuration of a run.
 *
 * Defaults are the paper's setting; `paper` is therefore the empty preset, the others hold differences only. Each
 * field says where its value comes from: [paper], [authors] (other code of the same authors or of AttnGAN, on which it
 * builds) or [ours].
 */
import { z } from "zod";
import { distance } from "fastest-levenshtein";
import { fail } from "./errors.ts";

const count = () => z.int().min(0);
const positive = () => z.int().min(1);
const rate = () => z.number().positive();
const attention = () => z.enum(["both", "sa", "wsa", "none"]);
const sizes = <const N extends number>(among: N[]) =>
  z.array(z.literal(among)).refine((list) => new Set(list).size === list.length, "a size stands there twice");

export const configSchema = z.strictObject({
  preset: z.enum(["paper", "small", "tiny"]).default("paper"),
  /** Which system of Table 1 to train. */
  system: z.enum(["ours"]).default("ours"),
  /** Every random stream of the run starts from this number. */
  seed: count().default(1),
  /** `auto` takes the fastest engine this machine has. */
  engine: z.enum(["auto", "xla", "tensorflow", "wasm", "cpu"]).default("auto"),
  /**
   * Arithmetic of matrix products and convolutions on xla; weights, sums and all else stay float32. `tf32` needs an NVIDIA
   * GPU, `bfloat16` runs everywhere and pays on a GPU. [ours: float32]
   */
  precision: z.enum(["float32", "tf32", "bfloat16"]).default("float32"),
  /** Keep every step the same to the last bit from run to run; a GPU gives up some of its fastest kernels for that. */
  deterministic: z.boolean().default(true),
  /** Where xla computes: `cpu`, `cuda` (the first GPU) or `cuda:N`; `auto` takes a GPU where there is one. */
  device: z.string().regex(/^(auto|cpu|cuda(:\d+)?)$/, "expected auto, cpu, cuda or cuda:N").default("auto"),
  /** Share of a GPU's memory that the run may take. [XLA's own default] */
  deviceMemory: z.number().gt(0).max(1).default(0.75),
  data: z.strictObject({
    /** A prepared set, by the name of its folder in `data`. */
    name: z.string().regex(/^[a-z0-9][\w.-]*$/, "expected the name of a folder in data").default("clipart"),
    /** What stands for a frame that has several sentences: a random one, the first, or all of them. [authors: random] */
    captions: z.enum(["random", "first", "joined"]).default("random"),
    /**
     * Entries of the label vector of each frame that both networks are told beside the sentence, which must be those that
     * the set has (Pororo-SV 9); 0 leaves labels out. They are gold labels of the very frame to be drawn. [ours: off]
     */
    labels: count().default(0),
    /** Words of a caption that the model sees; longer ones are cut. [authors] */
    words: positive().max(200).default(40),
  }).prefault({}),
  /** The text encoder (bi-LSTM) and its DAMSM pre-training. */
  text: z.strictObject({
    embedding: positive().default(300), // [authors]
    /** A file of word vectors as GloVe publishes them, which the embedding starts from; empty: from random numbers. */
    glove: z.string().default(""),
    width: positive().multipleOf(2).default(256), // D, both directions together [authors]
    dropout: z.number().min(0).lt(1).default(0.5), // of the embeddings while pre-training [authors]
    /** The image tower: `conv` is trained from scratch [ours], `inception` is frozen but for its two heads [authors]. */
    tower: z.enum(["conv", "inception"]).default("conv"),
    towerWidth: positive().default(64), // first width of the conv tower [ours]
    /** Weights of the inception tower: torchvision's checkpoint, or a safetensors file with its names. */
    towerWeights: z.string().default(""),
    steps: count().default(12_000), // [ours]
    /** Validations without a lower loss after which pre-training stops, as it over-fits; 0 never does. [ours] */
    patience: count().default(3),
    batch: positive().min(2).default(48), // picture-caption pairs [authors]
    /** The pairs of a batch that the word loss looks at, which costs most of a step; 0 is all. [authors: all] */
    wordBatch: count().default(0),
    /** Share of pairs whose caption is several sentences of the frame, one after another. [ours: none] */
    joined: z.number().min(0).max(1).default(0),
    learningRate: rate().default(2e-3), // [authors]
    /** What the learning rate is multiplied by at each pass over the training frames, down to a tenth. [authors] */
    decay: z.number().gt(0).max(1).default(0.98),
    clip: rate().default(0.25), // largest gradient norm of the LSTM [authors]
    gamma1: rate().default(4), // sharpness of a word's look at the regions [authors]
    gamma2: rate().default(5), // of the words' vote [authors]
    gamma3: rate().default(10), // of the batch's softmax [authors]
  }).prefault({}),
  /** The classifier that judges which objects a frame shows; it has no part in the training of a GAN. */
  classifier: z.strictObject({
    /** Objects in a smaller share of the training frames are not learnt; labels always are. [ours] */
    share: z.number().min(0).max(1).default(0.01),
    width: positive().default(64), // of its first convolution [ours]
    flip: z.boolean().default(true), // mirror training pictures at random [ours]
    steps: count().default(20_000), // [ours]
    /** Validations without a lower loss after which training stops; 0 never does. [ours] */
    patience: count().default(5),
    batch: positive().min(2).default(64), // pictures [ours]
    learningRate: rate().default(2e-3), // at the start; it falls to zero as half a cosine [ours]
  }).prefault({}),
  model: z.strictObject({
    noise: positive().default(100), // z [authors]
    /** One z for each frame, or one for the whole story. [authors: frame] */
    noisePer: z.enum(["frame", "story"]).default("frame"),
    storyCode: positive().default(132), // width of the conditioning-augmented story code [ours: meets the paper's 25.1 M]
    /** First width of the generator at 4×4; each of four up blocks halves it. [ours] */
    generatorWidth: positive().multipleOf(16).default(1024),
    /** First width of the discriminator at 32×32; each of three further convolutions doubles it. [authors] */
    discriminatorWidth: positive().default(124),
    /** Dynamic blocks (section 3.1.2). */
    db: z.strictObject({
      /** Attention that the generator's blocks choose from; `none` removes the blocks (Table 2). */
      g: attention().default("both"),
      d: attention().default("both"),
      /** Feature-map sizes after which the generator and the discriminator have a block. [ours] */
      gSizes: sizes([8, 16, 32]).default([8, 16, 32]),
      dSizes: sizes([16, 8]).default([16, 8]),
      /** Temperature of the Gumbel-softmax, eq. 1. [ours; the paper names no value] */
      tau: rate().default(1),
      /**
       * How training chooses: `soft` mixes both attentions by p(SA), eq. 2 [paper]; `straight-through` takes one and lets
       * the gradient pass as if it had mixed; `hard` takes one, and no gradient reaches the choice.
       */
      choice: z.enum(["soft", "straight-through", "hard"]).default("soft"),
      /** How inference chooses: `hard` takes one, eq. 3 [paper]; `soft` mixes by p(SA) without noise. */
      inference: z.enum(["hard", "soft"]).default("hard"),
      /** Divide a·b by √C, so that neither softmax nor sigmoid saturates. [ours] */
      scale: z.boolean().default(true),
      /** Words a frame may look at: its own sentence's or the whole story's. [ours: frame] */
      words: z.enum(["frame", "story"]).default("frame"),
    }).prefault({}),
  }).prefault({}),
  loss: z.strictObject({
    adversarial: z.enum(["bce", "hinge"]).default("bce"), // [authors]
    kl: z.number().min(0).default(1), // weight of the story code's KL term [authors]
    damsm: z.number().min(0).default(0), // weight of the DAMSM word and sentence loss in G [AttnGAN: 5; ours: off]
  }).prefault({}),
  train: z.strictObject({
    /** Optimiser steps, each one D update and one G update; 0 derives them from `epochs`. */
    steps: count().default(0),
    epochs: positive().default(120), // [paper]
    batch: positive().min(2).default(12), // stories [ours; peers 18, 8]
    learningRateG: rate().default(2e-4), // [paper]
    learningRateD: rate().default(2e-4), // [paper]
    beta1: z.number().min(0).lt(1).default(0.5), // [authors]
    beta2: z.number().min(0).lt(1).default(0.999), // [authors]
    /** Decay of the generator's moving average, which is what is sampled; 0 samples the generator itself. [ours: off] */
    ema: z.number().min(0).lt(1).default(0),
  }).prefault({}),
  /** What is written down, and how often (in steps). */
  record: z.strictObject({
    log: positive().default(50),
    sample: positive().default(1000),
    checkpoint: positive().default(1000),
    /** Stories in the sample grid. */
    stories: positive().max(16).default(6),
    /** Validation stories drawn when a checkpoint is judged `best`. */
    validation: positive().default(250),
  }).prefault({}),
});

export type Config = z.infer<typeof configSchema>;
type Override = { [key: string]: unknown };

/** Differences from the defaults. */
export const presets: Record<Config["preset"], Override> = {
  paper: {},
  /** Half the generator's and a good third of the discriminator's widths: a laptop overnight. */
  small: {
    text: { width: 128, embedding: 128, towerWidth: 32, steps: 4000 },
    classifier: { width: 32, steps: 6000 },
    model: { noise: 64, storyCode: 64, generatorWidth: 512, discriminatorWidth: 48, db: { gSizes: [8, 16] } },
    train: { epochs: 60 },
  },
  /**
   * Minutes on two CPU cores: some hundred steps, where the paper takes a hundred thousand. What helps so early: the
   * DAMSM loss ties pictures to their words before the discriminator can; with a low τ the soft choice of training is
   * nearly the hard one of inference; one z a story keeps its frames alike; and a slower discriminator leaves the
   * generator a slope to climb. No block at 8×8, where the choice would decide about the whole picture. The text encoder
   * has but 13 passes over the pictures: it takes large steps that shrink, and learns from descriptions, which say more of a
   * picture than a sentence does. [ours]
   */
  tiny: {
    data: { words: 25 },
    text: {
      width: 64,
      embedding: 64,
      towerWidth: 16,
      steps: 2800,
      wordBatch: 24,
      joined: 0.5,
      learningRate: 5e-3,
      decay: 0.86,
      dropout: 0,
    },
    classifier: { width: 16, steps: 2000 },
    model: {
      noise: 32,
      noisePer: "story",
      storyCode: 32,
      generatorWidth: 128,
      discriminatorWidth: 16,
      db: { gSizes: [16], dSizes: [8], tau: 0.5 },
    },
    loss: { kl: 0.05, damsm: 1 },
    train: { steps: 540, learningRateG: 1e-3, ema: 0.99 },
    record: { log: 20, sample: 180, checkpoint: 180, validation: 100 },
  },
};

/**
 * Resolves a configuration: defaults, then the preset, then `overrides` such as `["train.steps=100"]`, in that order.
 *
 * @throws UserError for an unknown key (naming the nearest known one), a wrong type or a value out of range.
 */
export function resolveConfig(preset: string, overrides: string[] = []): Config {
  const known = Object.keys(presets);
  if (!known.includes(preset)) fail(`Unknown preset "${preset}"; the presets are ${known.join(", ")}.`);
  const tree = structuredClone(presets[preset as Config["preset"]]);
  tree.preset = preset;
  for (const text of overrides) applyOverride(tree, text);
  return validateConfig(tree);
}

/** Checks a configuration read from elsewhere, e.g. from a run's config.json. */
export function validateConfig(tree: unknown): Config {
  const result = configSchema.safeParse(tree);
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  if (issue.code === "unrecognized_keys") failUnknown([...issue.path, issue.keys[0]!].join("."));
  const key = issue.path.join(".") || "(all of it)";
  const value = issue.path.reduce<unknown>((node, part) => (node as Override | undefined)?.[String(part)], tree);
  fail(`Config key "${key}" cannot be ${JSON.stringify(value)}: ${issue.message.replace(/^Invalid \w+: /, "")}.`);
}

/** Every leaf of a configuration as dotted key and value, e.g. `["train.batch", 12]`. */
export function flattenConfig(tree: Override, prefix = ""): [string, unknown][] {
  return Object.entries(tree).flatMap(([key, value]) =>
    value !== null && typeof value === "object" && !Array.isArray(value)
      ? flattenConfig(value as Override, `${prefix}${key}.`)
      : [[prefix + key, value] as [string, unknown]]
  );
}

/** Puts `key.sub=value` into the tree; the value is JSON where it parses as JSON and text elsewhere. */
function applyOverride(tree: Override, text: string): void {
  const at = text.indexOf("=");
  if (at < 1) fail(`Cannot read the override "${text}": write key=value, e.g. train.steps=100.`);
  const path = text.slice(0, at).split(".");
  if (path.join(".") === "preset") {
    fail(`The preset is chosen with --preset ${text.slice(at + 1)}, not by an override.`);
  }
  const inside = knownKeys().find((key) => key.startsWith(`${path.join(".")}.`));
  if (inside) fail(`Config key "${path.join(".")}" is a group of keys: set one of them, e.g. ${inside}=….`);
  if (!knownKeys().includes(path.join("."))) failUnknown(path.join("."));
  let node = tree;
  for (const part of path.slice(0, -1)) node = (node[part] ??= {}) as Override;
  node[path.at(-1)!] = parseValue(text.slice(at + 1));
}

function parseValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Every key of the configuration, e.g. "train.batch". */
export function knownKeys(): string[] {
  return flattenConfig(configSchema.parse({})).map(([key]) => key);
}

function failUnknown(key: string): never {
  const nearest = knownKeys().reduce((a, b) => distance(key, b) < distance(key, a) ? b : a);
  fail(`Unknown config key "${key}"; the nearest known key is "${nearest}".`);
}
