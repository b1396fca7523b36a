/**
 * The configuration of a run: the keys that all systems share, and how a configuration is resolved.
 *
 * A trainable network adds sections of its own (`text`, `model`, `loss`, keys of `train`) by {@link Settings};
 * `model/config.ts` combines them. Defaults are the paper's setting; `paper` is therefore the empty preset, the others
 * hold differences only. Each field says where its value comes from: [paper], [authors] (other code of the same authors
 * or of AttnGAN, on which it builds) or [ours].
 */
import { z } from "zod";
import { distance } from "fastest-levenshtein";
import { fail } from "./errors.ts";

/** Schemas that several sections use. */
export const count = () => z.int().min(0);
export const positive = () => z.int().min(1);
export const rate = () => z.number().positive();

export const presetNames = ["paper", "small", "mini", "tiny"] as const;
export type PresetName = (typeof presetNames)[number];

/** A part of a configuration: nested keys and values. */
export type Tree = { [key: string]: unknown };

/** The keys that one trainable network adds to the configuration. */
export interface Settings {
  /** Schema of each key, by section. A section that exists already, such as `train`, is extended. */
  sections: Record<string, z.ZodRawShape>;
  /** Differences from the defaults by preset. */
  presets: Partial<Record<PresetName, Tree>>;
  /**
   * Values of keys that runs recorded before the key existed were trained with, by dotted key, where that is not the
   * default. They are what {@link fillBefore} puts into a recorded configuration.
   */
  before?: Record<string, unknown>;
}

const head = {
  preset: z.enum(presetNames).default("paper"),
  /** Which system to train, by name. */
  system: z.string(),
  /** Every random stream of the run starts from this number. */
  seed: count().default(1),
  /** `auto` takes the fastest engine this machine has. */
  engine: z.enum(["auto", "xla", "tensorflow", "wasm", "cpu"]).default("auto"),
  /**
   * Arithmetic of matrix products and convolutions on xla; weights, sums and all else stay float32. `tf32` needs an
   * NVIDIA GPU, `bfloat16` runs everywhere and is faster on a GPU only. [ours: float32]
   */
  precision: z.enum(["float32", "tf32", "bfloat16"]).default("float32"),
  /** Keep every step the same to the last bit from run to run; a GPU gives up some of its fastest kernels for that. */
  deterministic: z.boolean().default(true),
  /** Where xla computes: `cpu`, `cuda` (the first GPU) or `cuda:N`; `auto` takes a GPU where there is one. */
  device: z.string().regex(/^(auto|cpu|cuda(:\d+)?)$/, "expected auto, cpu, cuda or cuda:N").default("auto"),
  /** Share of a GPU's memory that the run may take. [XLA's own default] */
  deviceMemory: z.number().gt(0).max(1).default(0.75),
};

const data = {
  /** A prepared set, by the name of its folder in `data`. */
  name: z.string().regex(/^[a-z0-9][\w.-]*$/, "expected the name of a folder in data").default("clipart"),
  /** The caption of a frame that has several sentences: a random one, the first, or all of them. [authors: random] */
  captions: z.enum(["random", "first", "joined"]).default("random"),
  /**
   * Length of the label vector of each frame that the networks are given beside the sentence, which must be that of the
   * set (Pororo-SV 9); 0 leaves labels out. They are gold labels of the very frame to be generated. [ours: off]
   */
  labels: count().default(0),
  /** Words of a caption that the model is given; longer captions are cut. [authors] */
  words: positive().max(200).default(40),
};

/** Samples of the smallest batch: losses pair each sample with another one. */
export const leastBatch = 2;

const train = {
  /** Training steps; 0 derives them from `epochs`. */
  steps: count().default(0),
  epochs: positive().default(120), // [paper]
  batch: positive().min(leastBatch).default(12), // stories [ours; peers 18, 8]
};

/** What is recorded, and how often (in steps). */
const record = {
  log: positive().default(50),
  sample: positive().default(1000),
  checkpoint: positive().default(1000),
  /** Keep every checkpoint, as `checkpoints/step-N.safetensors`, and not only `best` and `last`. */
  keep: z.boolean().default(false),
  /** Stories in the sample grid. */
  stories: positive().max(16).default(6),
  /** Validation stories generated when a checkpoint is evaluated. */
  validation: positive().default(250),
  /**
   * Whose Fréchet distance on validation frames chooses the best checkpoint: a fixed random network, which has no part
   * in training, or the DAMSM image encoder, which may be in the loss. [ours; paper: FID and FSD]
   */
  best: z.enum(["random-network", "image-encoder"]).default("random-network"),
};

const presets: Record<PresetName, Tree> = {
  paper: {},
  small: {},
  mini: { data: { words: 25 }, record: { log: 20, sample: 500, checkpoint: 500, validation: 100 } },
  tiny: { data: { words: 25 }, record: { log: 20, sample: 180, checkpoint: 180, validation: 100 } },
};

/** Keys that every configuration has, whatever its system. */
export type SharedConfig =
  & z.infer<z.ZodObject<typeof head, z.core.$strict>>
  & {
    data: z.infer<z.ZodObject<typeof data, z.core.$strict>>;
    train: z.infer<z.ZodObject<typeof train, z.core.$strict>>;
    record: z.infer<z.ZodObject<typeof record, z.core.$strict>>;
  };

/** The schema of a whole configuration: the shared keys and those of `settings`. */
export function configSchema(settings: Settings[], systems: readonly string[], defaultSystem: string) {
  const sections: Record<string, z.ZodRawShape> = { data };
  for (const added of settings) {
    for (const [name, shape] of Object.entries(added.sections)) {
      if (name !== "train") sections[name] = { ...sections[name], ...shape };
    }
  }
  const ofTrain = Object.assign({}, train, ...settings.map(({ sections }) => sections.train ?? {})) as z.ZodRawShape;
  const section = (shape: z.ZodRawShape) => z.strictObject(shape).prefault({});
  return z.strictObject({
    ...head,
    system: z.enum(systems as [string, ...string[]]).default(defaultSystem),
    ...Object.fromEntries(
      [...Object.entries(sections), ["train", ofTrain]].map(([k, v]) => [k as string, section(v as z.ZodRawShape)]),
    ),
    record: section(record),
  });
}

/** The differences of a preset: the shared ones, then those of each of `settings`. */
export function presetTree(preset: string, settings: Settings[]): Tree {
  if (!(presetNames as readonly string[]).includes(preset)) {
    fail(`Unknown preset "${preset}"; the presets are ${presetNames.join(", ")}.`);
  }
  const name = preset as PresetName;
  const trees = [presets[name], ...settings.map(({ presets }) => presets[name] ?? {})];
  return trees.reduce(mergeTrees, { preset });
}

function mergeTrees(a: Tree, b: Tree): Tree {
  const merged: Tree = { ...a };
  for (const [key, value] of Object.entries(b)) {
    merged[key] = isTree(value) && isTree(merged[key]) ? mergeTrees(merged[key], value) : structuredClone(value);
  }
  return merged;
}

const isTree = (value: unknown): value is Tree => value !== null && typeof value === "object" && !Array.isArray(value);

/** A recorded configuration with the keys that did not exist then, at the values of {@link Settings.before}. */
export function fillBefore(tree: unknown, settings: Settings[]): unknown {
  if (!isTree(tree)) return tree;
  const filled = structuredClone(tree);
  for (const [key, value] of settings.flatMap(({ before = {} }) => Object.entries(before))) {
    const path = key.split(".");
    let node = filled;
    for (const part of path.slice(0, -1)) {
      if (node[part] === undefined) node[part] = {};
      if (!isTree(node[part])) return tree; // for the schema to refuse
      node = node[part];
    }
    if (node[path.at(-1)!] === undefined) node[path.at(-1)!] = value; // a null stays, for the schema to refuse
  }
  return filled;
}

/** Checks a tree against a schema. @throws UserError naming the key, and for an unknown one the nearest known key. */
export function checkTree(tree: unknown, schema: z.ZodObject): Tree {
  const result = schema.safeParse(tree);
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  if (issue.code === "unrecognized_keys") failUnknown([...issue.path, issue.keys[0]!].join("."), keysOf(schema));
  const key = issue.path.join(".") || "(all of it)";
  const value = issue.path.reduce<unknown>((node, part) => (node as Tree | undefined)?.[String(part)], tree);
  fail(`Config key "${key}" cannot be ${JSON.stringify(value)}: ${issue.message.replace(/^Invalid \w+: /, "")}.`);
}

/** Every leaf of a configuration as dotted key and value, e.g. `["train.batch", 12]`. */
export function flattenConfig(tree: object, prefix = ""): [string, unknown][] {
  return Object.entries(tree).flatMap(([key, value]) =>
    isTree(value) ? flattenConfig(value, `${prefix}${key}.`) : [[prefix + key, value] as [string, unknown]]
  );
}

/** Every key of a schema, e.g. "train.batch". */
export function keysOf(schema: z.ZodObject): string[] {
  return flattenConfig(schema.parse({})).map(([key]) => key);
}

/**
 * An override such as `train.steps=100` as its key and value; the value is JSON where it parses as JSON and text
 * elsewhere.
 *
 * @throws UserError for a text that is no override.
 */
export function readOverride(text: string): { key: string; value: unknown } {
  const at = text.indexOf("=");
  if (at < 1) fail(`Cannot read the override "${text}": write key=value, e.g. train.steps=100.`);
  const value = text.slice(at + 1);
  try {
    return { key: text.slice(0, at), value: JSON.parse(value) };
  } catch {
    return { key: text.slice(0, at), value };
  }
}

/** Puts an override into a tree. @throws UserError for a key that is not among `known`, naming the nearest. */
export function applyOverride(tree: Tree, { key, value }: { key: string; value: unknown }, known: string[]): void {
  if (key === "preset") fail(`The preset is chosen with --preset ${value}, not by an override.`);
  const inside = known.find((other) => other.startsWith(`${key}.`));
  if (inside) fail(`Config key "${key}" is a group of keys: set one of them, e.g. ${inside}=….`);
  if (!known.includes(key)) failUnknown(key, known);
  const path = key.split(".");
  const parent = path.slice(0, -1).reduce((node, part) => (node[part] ??= {}) as Tree, tree);
  parent[path.at(-1)!] = value;
}

function failUnknown(key: string, known: string[]): never {
  const nearest = known.reduce((a, b) => distance(key, b) < distance(key, a) ? b : a);
  fail(`Unknown config key "${key}"; the nearest known key is "${nearest}".`);
}
