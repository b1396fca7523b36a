import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { storyBatch } from "../../../src/data/mod.ts";
import { disposeTree, jit, type State, type Tensor } from "../../../src/engine/mod.ts";
import { blockColumns, blockMeasurements } from "../../../src/evaluation/blocks/block_metrics.ts";
import { evaluateRun } from "../../../src/evaluation/evaluate.ts";
import { storyNoise } from "../../../src/evaluation/generate.ts";
import { openGenerator, openInputs } from "../../../src/evaluation/inputs.ts";
import { derangement } from "../../../src/evaluation/text_metrics.ts";
import type { Block } from "../../../src/model/contract.ts";
import { oursProbes } from "../../../src/model/systems/ours/probes.ts";
import type { OursConfig } from "../../../src/model/systems/ours/settings.ts";
import { conditionBatch } from "../../../src/runs/sampling/generate.ts";
import { withFolder } from "../../runs/help.ts";
import { tinyRun } from "../tiny_run.ts";

const block = (name: string, mode: Block["mode"]): Block => ({
  name,
  network: name.startsWith("g") ? "generator" : "discriminator",
  size: Number(name.slice(1)),
  mode,
  words: "frame",
});
const namesOf = (blocks: Block[], exchange = true) =>
  blockColumns(blocks, exchange).map(({ metric, by }) => `${metric}[${by.join(", ")}]`);

Deno.test("blockColumns() names what can be measured: choices of blocks with both attentions, words of the generator", () => {
  assertEquals(namesOf([block("g8", "both"), block("g16", "wsa"), block("d16", "both"), block("d8", "wsa")]), [
    "self-attention[g8]",
    "self-attention[d16, drawn]",
    "word-response[g8]",
    "word-response[g16]",
  ]);
  assertEquals(namesOf([block("g8", "sa"), block("d8", "sa")]), []); // no words, and nothing to choose
  assertEquals(namesOf([block("g8", "both")], false), ["self-attention[g8]"]); // a single story
});

const protocol = { split: "test", remarks: [], stories: 3, frames: 2, paired: true, seed: 1, bootstrap: 100 };

Deno.test("blockMeasurements() gives percent with intervals; exact where all stories agree", () => {
  const columns = blockColumns([block("g8", "both")], true);
  // Each row: share of frames, squared change, mean and mean square of the pixels, whose standard deviation is 1.
  const values = [[0, 0.25, 0, 1], [0.5, 0.25, 0, 1], [1, 0.25, 0, 1]];
  const [choice, response] = blockMeasurements(columns, Float32Array.from(values.flat()), protocol);
  assertEquals([choice!.name, choice!.value], ["self-attention[g8].test", 50]);
  assert(choice!.interval!.low < 50 && 50 < choice!.interval!.high);
  assertAlmostEquals(response!.value, 50, 1e-9);
  assertAlmostEquals(response!.interval!.low, 50, 1e-9);
  assertAlmostEquals(response!.interval!.high, 50, 1e-9);
  const [never, unmoved] = blockMeasurements(columns, new Float32Array(12), protocol);
  assertEquals([never!.value, unmoved!.value, unmoved!.interval!.high], [0, 0, 0]);
});

/** The measures of a run whose generator's block has this mode. */
const evaluated = (mode: string, check: (found: Awaited<ReturnType<typeof evaluateRun>>) => void) =>
  withFolder(async (root) => {
    const { folder, data } = await tinyRun(root, () => {}, `model.db.g=${mode}`, "model.db.d=sa");
    const metrics = ["self-attention", "word-response"];
    check(await evaluateRun(folder, { data, metrics, bootstrap: 20, networks: ["damsm-tower"] }));
  });

Deno.test("without words there is nothing to measure: blocks of mode sa are left out", () =>
  evaluated("sa", (found) => assertEquals(found, {})));

Deno.test("a block with word attention alone has a word response and no choice", () =>
  evaluated("wsa", (found) => {
    assertEquals(Object.keys(found), ["word-response[g8].test"]);
    const { value, interval } = Object.values(found)[0]!;
    assert(value > 0 && interval!.low <= value && value <= interval!.high, JSON.stringify(found));
  }));

Deno.test("evaluateRun() measures the blocks as the probes give them for one story after another", () =>
  withFolder(async (root) => {
    const { folder, data, set } = await tinyRun(root);
    const metrics = ["self-attention", "word-response"];
    const found = await evaluateRun(folder, { data, metrics, bootstrap: 0, batch: 3, networks: ["damsm-tower"] });

    const inputs = await openInputs(folder, { data });
    const generator = await openGenerator(inputs, { engine: "", seed: 1, batch: 1 });
    const config = generator.config as unknown as OursConfig;
    const state = { ...generator.weights, ...inputs.checkpoint.uploadRest() };
    const stories = set.split("test");
    const others = derangement(stories.length, 1)!;
    const inspect = jit((weights: State, inputs: State, noise: State) =>
      oursProbes.inspect(config, weights, inputs, noise)
    );
    const exchange = jit((weights: State, own: State, other: State, noise: State) =>
      oursProbes.exchangeWords(config, weights, own, other, noise, "g8")
    );
    const encode = (i: number) =>
      conditionBatch(generator, storyBatch(set, generator.vocabulary, config, [stories[i]!]));
    let [g, d, changes, sum, squares] = [0, 0, 0, 0, 0];
    for (const [i, story] of stories.entries()) {
      const [own, other] = [encode(i), encode(others[i]!)];
      const noise = storyNoise(generator.system.latents(config, 1, set.frames), 1, "test", [story]);
      const { "g8.u": u, "d8.drawn.u": v } = inspect(
        state,
        { images: own.uploaded.images!, ...own.condition },
        noise,
      );
      const positive = (x: Tensor) => x.dataSync().filter((value) => value > 0).length / x.size;
      g += 100 * positive(u!) / stories.length;
      d += 100 * positive(v!) / stories.length;
      const drawn = generator.generate(generator.weights, own.condition, noise);
      const changed = exchange(state, own.condition, other.condition, noise);
      const after = changed.dataSync();
      drawn.dataSync().forEach((x, at) => {
        changes += (x - after[at]!) ** 2;
        sum += x;
        squares += x * x;
      });
      disposeTree([own.uploaded, own.condition, other.uploaded, other.condition, noise, drawn, changed]);
    }
    const pixels = stories.length * set.frames * 64 * 64 * 3;
    const deviation = Math.sqrt(squares / pixels - (sum / pixels) ** 2);
    assertAlmostEquals(found["self-attention[g8].test"]!.value, g, 1e-5);
    assertAlmostEquals(found["self-attention[d8, drawn].test"]!.value, d, 1e-5);
    const response = 100 * Math.sqrt(changes / pixels) / deviation;
    assertAlmostEquals(found["word-response[g8].test"]!.value, response, 1e-3 * response);
  }));
