/** The configuration of the paper's system: sections `model`, `loss` and its keys of `train`. */
import { z } from "zod";
import { count, positive, rate } from "../../../base/config.ts";
import type { DamsmConfig } from "../../damsm/settings.ts";

const attention = () => z.enum(["both", "sa", "wsa", "identity", "none"]);
const sizes = <const N extends number>(among: N[]) =>
  z.array(z.literal(among)).refine((list) => new Set(list).size === list.length, "a size is listed twice");

/** Dynamic blocks (section 3.1.2). */
const db = {
  /**
   * Attention that the generator's blocks select from (Table 2): self-attention, word attention, or both. `identity`
   * keeps the blocks without attention, h = a; `none` removes them with their convolution.
   */
  g: attention().default("both"),
  d: attention().default("both"),
  /** Feature-map sizes after which the generator and the discriminator have a block. [ours] */
  gSizes: sizes([8, 16, 32]).default([8, 16, 32]),
  dSizes: sizes([16, 8]).default([16, 8]),
  /** Temperature of the Gumbel-softmax, eq. 1. [ours; the paper names no value] */
  tau: rate().default(1),
  /**
   * How training chooses: `soft` mixes both attentions by p(SA), eq. 2 [paper]; `straight-through` takes one, with the
   * gradient of the mixture; `hard` takes one, and no gradient reaches the choice.
   */
  choice: z.enum(["soft", "straight-through", "hard"]).default("soft"),
  /** How inference chooses: `hard` takes one, eq. 3 [paper]; `soft` mixes by σ(u/τ), without noise. */
  inference: z.enum(["hard", "soft"]).default("hard"),
  /** Divide a·b by √C in attention, and in the selector where that is `plain`. [paper: no] */
  scale: z.boolean().default(false),
  /** Words a frame may attend to: its own sentence's or the whole story's. [ours: frame] */
  words: z.enum(["frame", "story"]).default("frame"),
  /**
   * `unit`: each dimension of the words is standardised, and P starts at N(0, 1/D), so that projected words have about
   * unit variance. `raw`: the words as the text encoder gives them, and P starts at N(0, 0.02²). [ours]
   */
  wordScale: z.enum(["unit", "raw"]).default("unit"),
  /**
   * The selector logit: `plain` is u = ā·b̄ [paper]; `channels` standardises each channel of ā and b̄ and divides by √C;
   * `logit` then standardises u itself, so that frames differ in what they select. [ours: logit]
   */
  selector: z.enum(["logit", "channels", "plain"]).default("logit"),
  /** What the factor γ of the discriminator's blocks starts from; Adam moves it by a rate at most in a step. [ours] */
  gamma: z.number().default(1),
};

const model = {
  noise: positive().default(100), // z [authors]
  /** One z for each frame, or one for the whole story. [authors: frame] */
  noisePer: z.enum(["frame", "story"]).default("frame"),
  storyCode: positive().default(132), // width of the conditioning-augmented story code [ours: meets the paper's 25.1 M]
  /** First width of the generator at 4×4; each of four up blocks halves it. [ours] */
  generatorWidth: positive().multipleOf(16).default(1024),
  /** The fewest channels of an up block, whatever the first width. [ours; the paper's widths need none] */
  generatorFloor: count().default(0),
  /**
   * What the generator's first layer is given of the text: `normalised` standardises each dimension, so that no part is
   * lost beside z, and ŝ_t attends without 1/√D; `plain` neither. [ours]
   */
  input: z.enum(["normalised", "plain"]).default("normalised"),
  /** Give the first layer the mean sentence and the story code too. [peers: the code; ours: off, it costs 6.4 M] */
  storyInput: z.boolean().default(false),
  /** First width of the discriminator at 32×32; each of three further convolutions doubles it. [authors] */
  discriminatorWidth: positive().default(124),
  db: z.strictObject(db).prefault({}),
};

const loss = {
  adversarial: z.enum(["bce", "hinge"]).default("bce"), // [authors]
  kl: z.number().min(0).default(1), // weight of the story code's KL term [authors]
  /**
   * Weight of the conditional head on the mean features of a story's frames with the story's condition, real against
   * drawn stories and against real frames of different stories; 0 leaves it out. [peers: a second discriminator]
   */
  story: z.number().min(0).default(1),
  /**
   * What is wrong in the wrong pairs of the discriminator: the head's condition only, or also the words of its blocks,
   * for which real frames are encoded once more from the first block on. [ours: words]
   */
  wrong: z.enum(["words", "condition"]).default("words"),
  /**
   * Weight of an object head on the discriminator: it learns which objects, place and weather real frames show, and the
   * generator to draw those of its frame. [peers: StoryGAN, for characters; ours: off]
   */
  objects: z.number().min(0).default(0),
  /**
   * What the object head learns from: `real` frames only, or `both`: in drawn frames it must not find what G was told to
   * draw, so that a thing counts when it looks as in real frames. [ours: real]
   */
  objectsFrom: z.enum(["real", "both"]).default("real"),
  /** Weight in G of the same by the object head of the frozen image encoder, see `text.objects`. [ours: off] */
  encoderObjects: z.number().min(0).default(0),
  /**
   * Share of the steps by whose end that weight has fallen to 0 by a line; 0 keeps it. The frozen head, which never sees
   * drawn frames, shows the way at first; later noise satisfies it, too. [ours]
   */
  encoderObjectsUntil: z.number().min(0).max(1).default(0),
  damsm: z.number().min(0).default(0), // weight of the DAMSM word and sentence loss in G [AttnGAN: 5; ours: off]
  /**
   * Weight in G of the distance between drawn and real frames in what is coarse: mean colours of 8×8 pixels, and the last
   * feature maps of the frozen image encoder. [authors: ControlGAN, by VGG; ours: off]
   */
  perceptual: z.number().min(0).default(0),
  /**
   * Largest random shift (pixels) of drawn frames before the image encoder, with random changes of colour, so that its
   * losses are harder to exploit; 0 changes nothing. [ours]
   */
  jitter: z.number().min(0).max(8).default(0),
  /**
   * Largest random shift (pixels) of all that the discriminator sees, real and drawn, with random changes of colour, the
   * same for all frames of a story; it cannot learn the training frames by heart then. 0 changes nothing. [ours; Zhao et
   * al. 2020, differentiable augmentation]
   */
  augment: z.number().min(0).max(16).default(0),
};

const train = {
  learningRateG: rate().default(2e-4), // [paper]
  learningRateD: rate().default(2e-4), // [paper]
  beta1: z.number().min(0).lt(1).default(0.5), // [authors]
  beta2: z.number().min(0).lt(1).default(0.999), // [authors]
  /** How both rates fall: not at all [paper], or to 0 at the last step by a line or half a cosine. */
  decay: z.enum(["none", "linear", "cosine"]).default("none"),
  /** Decay of the generator's moving average, which is what is sampled; 0 samples the generator itself. [ours: off] */
  ema: z.number().min(0).lt(1).default(0),
};

type Section<S extends z.ZodRawShape> = z.infer<z.ZodObject<S, z.core.$strict>>;

/** Whether the loss reads which objects frames show. */
export const readsTargets = ({ loss: { objects, encoderObjects } }: OursConfig) => objects > 0 || encoderObjects > 0;

/** A configuration of this system. */
export type OursConfig = DamsmConfig & {
  model: Section<typeof model>;
  loss: Section<typeof loss>;
  train: Section<typeof train>;
};

/** What `mini` and `tiny` share, whose reasons `tiny` gives. */
const fewSteps = { noisePer: "story", storyInput: true, db: { gSizes: [16], dSizes: [8], tau: 0.5 } };

/** The object heads of the smaller presets. */
const objectHeads = { objects: 20, objectsFrom: "both", encoderObjects: 20 };

export const oursSettings = {
  sections: { model, loss, train },
  /** Version 0.1.0, up to the runs of November 2026 whose selectors took self-attention for every frame. */
  before: {
    "model.input": "plain",
    "model.db.wordScale": "raw",
    "model.db.selector": "plain",
    "model.db.gamma": 0,
    "loss.story": 0,
    "loss.wrong": "condition",
    "record.best": "image-encoder",
  },
  presets: {
    /** Half the generator's and a good third of the discriminator's widths: a laptop overnight. */
    small: {
      model: {
        noise: 64,
        storyCode: 64,
        storyInput: true,
        generatorWidth: 512,
        discriminatorWidth: 48,
        db: { gSizes: [8, 16] },
      },
      loss: { ...objectHeads, perceptual: 100, jitter: 1, augment: 4 },
      train: { epochs: 60, decay: "cosine", ema: 0.999 },
    },
    /** As `tiny`, but twice as wide and with smaller steps: some hours on two CPU cores. [ours] */
    mini: {
      model: {
        ...fewSteps,
        noise: 64,
        storyCode: 64,
        generatorWidth: 256,
        generatorFloor: 32,
        discriminatorWidth: 32,
      },
      loss: { kl: 0.05, ...objectHeads, encoderObjectsUntil: 1, perceptual: 50, jitter: 1, augment: 4 },
      train: { batch: 6, steps: 8000, learningRateG: 5e-4, learningRateD: 1e-3, decay: "cosine", ema: 0.999 },
    },
    /**
     * Minutes on two CPU cores: some hundred steps, where the paper takes a hundred thousand. The perceptual loss brings
     * place and sky earlier than the discriminator could, both object heads the things of a scene; with a low τ the
     * soft choice of training is nearly the hard one of inference; one z a story keeps its frames alike; small batches
     * and rates that fall make the most of few frames, as do random changes of what the discriminator sees. No block
     * at 8×8, where one selection would affect the whole picture. [ours]
     */
    tiny: {
      model: {
        ...fewSteps,
        noise: 32,
        storyCode: 32,
        generatorWidth: 128,
        generatorFloor: 24,
        discriminatorWidth: 16,
      },
      loss: { kl: 0.05, ...objectHeads, perceptual: 100, jitter: 1, augment: 4 },
      train: { batch: 6, steps: 900, learningRateG: 2e-3, learningRateD: 4e-3, decay: "cosine", ema: 0.99 },
    },
  },
};
