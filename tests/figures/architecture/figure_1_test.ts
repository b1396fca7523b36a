import { assertEquals, assertStringIncludes } from "@std/assert";
import { resolveConfig } from "../../../src/model/config.ts";
import { drawArchitecture, figure1 } from "../../../src/figures/architecture/figure_1.ts";
import { readPaper } from "../../../src/figures/paper.ts";
import { countTrainable } from "../../../src/model/parameters.ts";
import { systemByName } from "../../../src/model/systems/mod.ts";

/** The networks do not depend on training split and vocabulary. */
const data = { stories: 0, frames: 5, size: 64, words: 0, targets: [] };

const count = (text: string, part: string) => text.split(part).length - 1;

Deno.test("the architecture has every trainable parameter of both networks once, in every preset and mode of the blocks", () => {
  for (const preset of ["paper", "small", "tiny"]) {
    for (const mode of ["both", "sa", "wsa", "identity", "none"]) {
      const config = resolveConfig(preset, [`model.db.g=${mode}`, `model.db.d=${mode}`]);
      const system = systemByName(config.system);
      const parameters = system.parameters(config, data);
      for (const network of ["generator", "discriminator"]) {
        const parts = system.architecture(config).parts.filter((part) => part.network === network);
        const sum = parts.reduce((sum, { parameters }) => sum + parameters, 0);
        assertEquals(sum, countTrainable(parameters, `${network}.`), `${preset} ${mode} ${network}`);
      }
    }
  }
});

Deno.test("the inputs of the architecture are the rows of the generator's first layer, with and without the story's", () => {
  for (const set of [[], ["model.storyInput=true"], ["model.storyInput=true", "data.labels=9"]]) {
    const config = resolveConfig("paper", set);
    const system = systemByName(config.system);
    const { inputs } = system.architecture(config);
    const first = system.parameters(config, data).find(({ name }) => name === "generator.fc.kernel")!;
    assertEquals(inputs.reduce((sum, { width }) => sum + width, 0), first.shape[0], set.join());
    assertEquals(inputs.length, 4 + (set.length > 0 ? 2 : 0) + (set.length > 1 ? 1 : 0));
  }
});

Deno.test("figure 1 shows the parts of the paper's model", async () => {
  const { csv, svg } = await figure1.make({ runs: [], paper: readPaper() });
  assertEquals(
    csv,
    `network,part,kind,size,channels,parameters
generator,ca,text,0,132,67848
generator,gru,text,0,132,154440
generator,fc,maps,4,1024,12222464
generator,up1,maps,8,512,4719616
generator,db8,block,8,512,4850688
generator,up2,maps,16,256,1180160
generator,db16,block,16,256,1245696
generator,up3,maps,32,128,295168
generator,db32,block,32,128,327936
generator,up4,maps,64,64,73856
generator,image,maps,64,3,1728
discriminator,conv1,maps,32,124,5952
discriminator,conv2,maps,16,248,492528
discriminator,db16,block,16,248,186497
discriminator,conv3,maps,8,496,1969120
discriminator,db8,block,8,496,619009
discriminator,conv4,maps,4,992,7874496
discriminator,conditional,head,0,1,12338497
discriminator,unconditional,head,0,1,15873
`,
  );
  assertEquals(count(svg!, ">dynamic</text>"), 5);
  for (
    const text of ["generator, 25.1 M learnt", "discriminator, 23.5 M learnt", "4×4×1024", "64×64×3", "together 744"]
  ) {
    assertStringIncludes(svg!, text);
  }
  const without = resolveConfig("tiny", ["model.db.g=none", "model.db.d=none"]);
  const architecture = systemByName(without.system).architecture(without);
  assertEquals(count(drawArchitecture(without, architecture), ">dynamic</text>"), 0);
});
