import { assert, assertAlmostEquals, assertEquals, assertLess, assertNotEquals } from "@std/assert";
import { tf } from "../../src/engine/mod.ts";
import {
  constant,
  countByPart,
  countTrainable,
  initialize,
  kernel,
  trainableNames,
  uniform,
  untrained,
} from "../../src/model/parameters.ts";
import { ours } from "../../src/model/systems/ours/mod.ts";
import { textParameters } from "../../src/model/damsm/text_encoder.ts";
import { asBefore, resolveOurs, scalarOf, shapeOf, valuesOf } from "./tiny_model.ts";

const counts = (preset: string, overrides: string[] = []) => {
  const parameters = ours.parameters(resolveOurs(preset, overrides), shapeOf(5));
  return [countTrainable(parameters, "generator."), countTrainable(parameters, "discriminator.")];
};

Deno.test("ours has the paper's parameter counts in the paper preset", () => {
  assertEquals(counts("paper"), [25_139_600, 23_501_972]);
  assertEquals(counts("paper", asBefore), [25_139_600, 23_501_972]); // what was added has nothing to train
  for (const key of asBefore) assertEquals(counts("paper", [key]), [25_139_600, 23_501_972], key);
  for (const selector of ["channels", "plain"]) {
    assertEquals(counts("paper", [`model.db.selector=${selector}`]), [25_139_600, 23_501_972]);
  }
});

Deno.test("ours given the story's input is larger by its rows of the first layer, and with a floor by its convolutions", () => {
  const [G, D] = counts("paper") as [number, number];
  assertEquals(counts("paper", ["model.storyInput=true"]), [G + (256 + 132) * 1024 * 16, D]);
  assertEquals(counts("paper", ["model.generatorFloor=64"]), [G, D]); // the paper's last width
  // At 64×64 the fourth up block has 128 channels instead of 64, and so has the input of the last convolution.
  assertEquals(counts("paper", ["model.generatorFloor=128"]), [G + 9 * 128 * 64 + 2 * 64 + 9 * 64 * 3, D]);
});

Deno.test("ours with blocks without attention has the parameters of self-attention alone", () => {
  const modes = (mode: string) => counts("paper", [`model.db.g=${mode}`, `model.db.d=${mode}`]);
  assertEquals(modes("identity"), modes("sa"));
  assertEquals(modes("identity"), [24_910_224, 23_311_508]);
});

Deno.test("ours has under 1 M parameters a network in the tiny preset and lies between in small", () => {
  const [tinyG, tinyD] = counts("tiny");
  const [smallG, smallD] = counts("small");
  assertLess(tinyG!, 1e6);
  assertLess(tinyD!, 1e6);
  assert(tinyG! < smallG! && smallG! < 25_139_600);
  assert(tinyD! < smallD! && smallD! < 23_501_972);
});

Deno.test("ours loses exactly the parts that the ablations of Table 2 remove", () => {
  assertEquals(counts("paper", ["model.db.g=sa", "model.db.d=sa"]), [24_910_224, 23_311_508]);
  assertEquals(counts("paper", ["model.db.g=wsa", "model.db.d=wsa"]), counts("paper"));
  assertEquals(counts("paper", ["model.db.g=none", "model.db.d=none"]), [18_715_280, 22_696_466]);
});

Deno.test("countByPart() adds up to the total and shows the blocks apart", () => {
  const parts = countByPart(ours.parameters(resolveOurs("paper"), shapeOf(5)));
  assertEquals(parts["generator.db8"], 4_850_688);
  assertEquals(parts["generator.fc"], 12_222_464);
  assertEquals(parts["discriminator.db16"], 186_497);
  assertEquals(parts["discriminator.unconditional"], 15_873);
  assertEquals(Object.values(parts).reduce((a, b) => a + b), 25_139_600 + 23_501_972);
});

Deno.test("textParameters() has 440,320 scalars and 300 a word in the paper preset", () => {
  const config = resolveOurs("paper");
  assertEquals(countTrainable(textParameters(config, 1)), 440_320 + 300);
  assertEquals(countTrainable(textParameters(config, 4418)), 1_765_720);
});

Deno.test("parameters() names every tensor once", () => {
  const names = ours.parameters(resolveOurs("paper"), shapeOf(5)).map(({ name }) => name);
  assertEquals(new Set(names).size, names.length);
});

Deno.test("initialize() draws each tensor as declared, from its own stream", () => {
  const declared = [kernel("a.kernel", [50, 40]), uniform("b", [1000], 0.1), constant("c", [], 3)];
  const state = initialize(declared, 5);
  assertEquals(state["a.kernel"]!.shape, [50, 40]);
  assertAlmostEquals(scalarOf(tf.mean(state["a.kernel"]!)), 0, 0.002);
  assertAlmostEquals(scalarOf(tf.sqrt(tf.mean(tf.square(state["a.kernel"]!)))), 0.02, 0.001);
  const values = valuesOf(state.b!);
  assert(
    values.every((value) => Math.abs(value) <= 0.1) && Math.max(...values) > 0.095 && Math.min(...values) < -0.095,
  );
  assertEquals(valuesOf(state.c!), [3]);
  assertEquals(state.c!.shape, []);
  assertEquals(valuesOf(initialize([declared[1]!], 5).b!), values); // whatever else is declared
  assertNotEquals(valuesOf(initialize(declared, 6).b!), values);
});

Deno.test("trainableNames() leaves out what is only carried along", () => {
  const declared = [kernel("g.a", [1]), untrained(constant("g.mean", [1], 0)), kernel("d.a", [1])];
  assertEquals(trainableNames(declared, "g."), ["g.a"]);
  assertEquals(trainableNames(declared), ["g.a", "d.a"]);
  assertEquals(countTrainable(declared), 2);
});
