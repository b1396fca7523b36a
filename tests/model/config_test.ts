import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { flattenConfig, presetNames } from "../../src/base/config.ts";
import { type Config, resolveConfig as resolve, validateConfig } from "../../src/model/config.ts";
import type { OursConfig } from "../../src/model/systems/ours/settings.ts";
import { UserError } from "../../src/base/errors.ts";

/** The keys whose value for older runs is not the default: the value of older runs, and the default. */
const later: [key: string, then: unknown, now: unknown][] = [
  ["model.input", "plain", "normalised"],
  ["model.db.wordScale", "raw", "unit"],
  ["model.db.selector", "plain", "logit"],
  ["model.db.gamma", 0, 1],
  ["loss.story", 0, 1],
  ["loss.wrong", "condition", "words"],
  ["record.best", "image-encoder", "random-network"],
];
/** The defaults of those keys, as a configuration. */
const now = {
  model: { input: "normalised", db: { wordScale: "unit", selector: "logit", gamma: 1 } },
  loss: { story: 1, wrong: "words" },
  record: { best: "random-network" },
};
const asBefore = later.map(([key, then]) => `${key}=${then}`);

/** The keys of the paper's system are typed too. */
const resolveConfig = (preset: string, overrides?: string[]) => resolve(preset, overrides) as Config & OursConfig;

Deno.test("resolveConfig() accepts every preset, and paper is the defaults", () => {
  for (const preset of presetNames) assertEquals(resolveConfig(preset).preset, preset);
  assertEquals(resolveConfig("paper"), validateConfig(now));
  assertEquals(resolveConfig("paper", asBefore), validateConfig({}));
});

Deno.test("resolveConfig() applies the preset to the defaults and overrides to both", () => {
  const tiny = resolveConfig("tiny");
  assertEquals(tiny.model.generatorWidth, 128); // the preset's
  assertEquals(tiny.train.beta1, 0.5); // the default
  const own = resolveConfig("tiny", ["model.generatorWidth=64", "train.beta1=0.9", "model.db.g=wsa"]);
  assertEquals([own.model.generatorWidth, own.train.beta1, own.model.db.g], [64, 0.9, "wsa"]);
  assertEquals(own.model.noise, tiny.model.noise); // its neighbours stay
  assertEquals(resolveConfig("tiny"), tiny); // and so does the preset itself
});

Deno.test("resolveConfig() reads numbers, texts, booleans and lists", () => {
  const overrides = ["train.learningRateG=1e-3", "engine=cpu", "model.db.scale=false", "model.db.gSizes=[]"];
  const { train, engine, model } = resolveConfig("paper", overrides);
  assertEquals([train.learningRateG, engine, model.db.scale, model.db.gSizes], [0.001, "cpu", false, []]);
});

Deno.test("resolveConfig() takes the last of two overrides of one key", () => {
  assertEquals(resolveConfig("tiny", ["seed=2", "seed=3"]).seed, 3);
});

/** What is refused, and words its message must hold. */
const refused: [override: string, ...words: string[]][] = [
  ["train.stpes=3", '"train.stpes"', '"train.steps"'],
  ["trian.steps=3", '"trian.steps"', '"train.steps"'],
  ["sede=3", '"sede"', '"seed"'],
  ["data.name.x=1", '"data.name.x"', '"data.name"'],
  ["train=3", '"train" is a group', "train.steps"],
  ["train.steps=abc", '"train.steps"', '"abc"', "expected number"],
  ["train.steps=1.5", '"train.steps"', "1.5", "expected int"],
  ["train.steps=-1", '"train.steps"', "-1", ">=0"],
  ["train.steps=", '"train.steps"', "expected number"],
  ["train.beta1=1", '"train.beta1"', "<1"],
  ["model.generatorWidth=100", '"model.generatorWidth"', "multiple of 16"],
  ["model.db.scale=yes", '"model.db.scale"', "expected boolean"],
  ["model.db.g=sas", '"model.db.g"', '"both"', '"wsa"'],
  ["model.db.gSizes=[4]", '"model.db.gSizes.0"', "4", "8|16|32"],
  ["model.db.gSizes=[8,8]", '"model.db.gSizes"', "twice"],
  ["model.db.gSizes=8", '"model.db.gSizes"', "expected array"],
  ["model.db.selector=raw", '"model.db.selector"', '"raw"', '"logit"'],
  ["model.db.wordScale=1", '"model.db.wordScale"', '"unit"'],
  ["model.input=raw", '"model.input"', '"normalised"'],
  ["model.generatorFloor=-1", '"model.generatorFloor"', ">=0"],
  ["loss.story=-1", '"loss.story"', ">=0"],
  ["loss.jitter=9", '"loss.jitter"', "<=8"],
  ["train.decay=step", '"train.decay"', '"cosine"'],
  ["engine=tpu", '"engine"', '"tpu"', '"xla"', '"wasm"'],
  ["precision=float16", '"precision"', '"float16"', '"bfloat16"'],
  ["deterministic=maybe", '"deterministic"', '"maybe"'],
  ["device=gpu", '"device"', '"gpu"', "cuda:N"],
  ["device=cuda:", '"device"', '"cuda:"'],
  ["deviceMemory=0", '"deviceMemory"', ">0"],
  ["deviceMemory=1.5", '"deviceMemory"', "<=1"],
  ["data.name=../cartoons", '"data.name"', '"../cartoons"', "folder in data"],
  ["data.captions=all", '"data.captions"', '"all"', '"joined"'],
  ["system=theirs", '"system"', '"theirs"', '"ours"'],
  ["preset=tiny", "--preset tiny"],
  ["steps", '"steps"', "key=value"],
  ["=3", '"=3"', "key=value"],
];
for (const [override, ...words] of refused) {
  Deno.test(`resolveConfig() refuses ${override}`, () => {
    const { message } = assertThrows(() => resolveConfig("tiny", [override]), UserError);
    for (const word of words) assertStringIncludes(message, word);
  });
}

Deno.test("resolveConfig() refuses an unknown preset and names the known ones", () => {
  const { message } = assertThrows(() => resolveConfig("tyni"), UserError, '"tyni"');
  for (const preset of presetNames) assertStringIncludes(message, preset);
});

Deno.test("validateConfig() gives back what went through JSON", () => {
  for (const preset of presetNames) {
    const config = resolveConfig(preset, ["seed=5"]);
    assertEquals(validateConfig(JSON.parse(JSON.stringify(config))), config);
  }
});

Deno.test("validateConfig() fills in what a config.json of an earlier version lacks", () => {
  const { precision: _, deterministic: __, device: ___, deviceMemory: ____, ...old } = resolveConfig("tiny");
  assertEquals(validateConfig(old), resolveConfig("tiny"));
});

Deno.test("validateConfig() gives a configuration without the later keys the values that its run was trained with", () => {
  const { model: { db, ...model }, loss, record, ...rest } = resolveConfig("paper", ["model.db.tau=3", "loss.kl=7"]);
  const { input: _i, generatorFloor: _f, storyInput: _s, ...oldModel } = model;
  const { wordScale: _w, selector: _l, gamma: _g, ...oldDb } = db;
  const { story: _t, wrong: _r, perceptual: _p, jitter: _j, ...oldLoss } = loss;
  const { best: _b, ...oldRecord } = record;
  const old = { ...rest, model: { ...oldModel, db: oldDb }, loss: oldLoss, record: oldRecord };
  const same = structuredClone(old);
  const filled = new Map(flattenConfig(validateConfig(old)));
  for (const [key, then, now] of later) {
    assertEquals([filled.get(key), keyOf(resolveConfig("paper"), key)], [then, now], key);
  }
  assertEquals(validateConfig(old), resolveConfig("paper", ["model.db.tau=3", "loss.kl=7", ...asBefore]));
  assertEquals(old, same); // the argument is left alone
});

const keyOf = (config: Config, key: string) => new Map(flattenConfig(config)).get(key);

Deno.test("validateConfig() keeps each later key that a configuration has, also where it is 0 or false", () => {
  const config = resolveConfig("tiny", ["model.db.gamma=0", "loss.story=0", "model.db.selector=channels"]);
  assertEquals(validateConfig(config), config);
  const { model: { input: _, ...model }, ...rest } = config;
  assertEquals(validateConfig({ ...rest, model }), { ...config, model: { ...config.model, input: "plain" } });
});

Deno.test("validateConfig() reads the configuration of a committed run as that of its version", () => {
  const recorded = JSON.parse(Deno.readTextFileSync("runs/reference/0002-ours-tiny-clipart/config.json"));
  const config = validateConfig(recorded) as Config & OursConfig;
  for (const [key, then] of later) assertEquals(keyOf(config, key), then, key);
  const { model: { db, storyInput, generatorFloor }, loss: { perceptual, jitter }, train: { decay } } = config;
  assertEquals([storyInput, generatorFloor, perceptual, jitter, decay], [false, 0, 0, 0, "none"]);
  assertEquals([db.tau, db.scale, db.gSizes, config.loss.damsm], [0.5, true, [16], 1]); // its own values stay
});

Deno.test("validateConfig() refuses what is no config, and unknown keys inside one", () => {
  for (const tree of [null, 3, [], { train: 3 }, { model: { db: null } }, { model: 3 }, { loss: null }]) {
    assertThrows(() => validateConfig(tree), UserError, "expected object");
  }
  assertThrows(() => validateConfig({ model: { input: null } }), UserError, '"model.input" cannot be null');
  assertThrows(
    () => validateConfig({ train: { stpes: 1 } }),
    UserError,
    '"train.stpes"; the nearest known key is "train.steps"',
  );
});

Deno.test("flattenConfig() lists leaves in order with dotted keys, lists whole", () => {
  const flat = flattenConfig({ a: 1, b: { c: [1, 2], d: { e: null } } });
  assertEquals(flat, [["a", 1], ["b.c", [1, 2]], ["b.d.e", null]]);
});
