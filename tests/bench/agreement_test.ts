/** One training step of ours agrees with PyTorch's. Ignored where the bench's PyTorch is not installed. */
import { assert, assertEquals } from "@std/assert";
import { type Config, resolveConfig } from "../../src/model/config.ts";
import { type OursConfig, oursSettings } from "../../src/model/systems/ours/settings.ts";
import { findPlugin } from "../../src/engine/install.ts";
import { useEngine } from "../../src/engine/mod.ts";
import { compareStep } from "./agreement.ts";
import { findPython } from "./python.ts";

/** Narrow networks with every part of the preset: blocks, noise per frame or story, wrong words, stories, DAMSM, average. */
const narrow = [
  ...["text.width=16", "text.towerWidth=8", "data.words=6", "train.batch=2"],
  ...["model.noise=8", "model.storyCode=6", "model.generatorWidth=64", "model.discriminatorWidth=8"],
];

const asBefore = Object.entries(oursSettings.before).map(([key, value]) => `${key}=${value}`);

/** What is off by default. */
const everything = [
  ...["model.storyInput=true", "model.generatorFloor=16"],
  ...["loss.damsm=1", "loss.perceptual=2", "loss.jitter=1.5", "train.decay=cosine", "train.steps=30"],
  ...["loss.objects=2", "loss.encoderObjects=3", "text.objects=1"],
  ...["loss.objectsFrom=both", "loss.encoderObjectsUntil=0.5", "loss.augment=3"],
];

/** Names of what is compared beside the gradients of both networks, where it is on. */
const steps: [title: string, preset: string, overrides: string[], names: string[]][] = [
  ["tiny", "tiny", [], [
    "report/loss.d.wrong_c",
    "report/loss.d.mixed_s",
    "report/loss.g.fake_s",
    "gradient/objects.places.kernel",
    "report/loss.g.encoder_objects",
  ]],
  ["paper", "paper", [], ["move/model/generator.context.variance", "move/model/discriminator.words.mean"]],
  ["paper with all that is off by default", "paper", everything, [
    "report/loss.g.perceptual",
    "report/loss.g.damsm",
    "report/loss.d.fake_objects",
  ]],
  ["tiny as in earlier runs", "tiny", asBefore, ["report/loss.d.wrong_c"]],
];

const python = findPython();
for (const [title, preset, overrides, names] of steps) {
  Deno.test({
    name: `a step of ${title}, with narrow networks, agrees with PyTorch's`,
    ignore: !python || !findPlugin(),
    async fn() {
      await useEngine("xla");
      const config = resolveConfig(preset, [...narrow, ...overrides]) as Config & OursConfig;
      const compared = await compareStep(config, python!);
      const disagreeing = compared.filter(({ error, allowed }) => !(error <= allowed));
      assertEquals(disagreeing, []);
      // Nothing is missing: gradients of both networks, running statistics, losses.
      const always = ["gradient/generator.fc.kernel", "gradient/discriminator.conv1.kernel", "report/loss.g"];
      for (const name of [...always, ...names]) {
        assert(compared.some((quantity) => quantity.name === name && quantity.largest > 0), name);
      }
    },
  });
}
