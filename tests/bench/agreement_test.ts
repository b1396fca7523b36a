/** One training step of ours agrees with PyTorch's. Ignored where the bench's PyTorch is not installed. */
import { assert, assertEquals } from "@std/assert";
import { type Config, resolveConfig } from "../../src/model/config.ts";
import type { OursConfig } from "../../src/model/systems/ours/settings.ts";
import { findPlugin } from "../../src/engine/install.ts";
import { useEngine } from "../../src/engine/mod.ts";
import { compareStep, TOLERANCE } from "./agreement.ts";
import { findPython } from "./python.ts";

/** Narrow networks with every part of the preset: blocks, noise per frame or story, DAMSM, average. */
const narrow = [
  ...["text.width=16", "text.towerWidth=8", "data.words=6", "train.batch=2"],
  ...["model.noise=8", "model.storyCode=6", "model.generatorWidth=64", "model.discriminatorWidth=8"],
];

const python = findPython();
for (const preset of ["tiny", "paper"]) {
  Deno.test({
    name: `a step of ${preset}, with narrow networks, agrees with PyTorch's`,
    ignore: !python || !findPlugin(),
    async fn() {
      await useEngine("xla");
      const compared = await compareStep(resolveConfig(preset, narrow) as Config & OursConfig, python!);
      const disagreeing = compared.filter(({ error }) => error > TOLERANCE);
      assertEquals(disagreeing, []);
      // Nothing is missing: gradients of both networks, running statistics, losses.
      for (const name of ["gradient/generator.fc.kernel", "gradient/discriminator.conv1.kernel", "report/loss.g"]) {
        assert(compared.some((quantity) => quantity.name === name && quantity.largest > 0), name);
      }
    },
  });
}
