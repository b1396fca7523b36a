/** The probe of words: exchanged words reach one block of the generator, and nothing else. */
import { assertEquals, assertGreater, assertThrows } from "@std/assert";
import { type State, type Tensor, tf } from "../../../../src/engine/mod.ts";
import { openNet } from "../../../../src/model/net.ts";
import { wordsOf } from "../../../../src/model/systems/ours/dynamic_block.ts";
import { generateFrames } from "../../../../src/model/systems/ours/generator.ts";
import { ours } from "../../../../src/model/systems/ours/mod.ts";
import { oursProbes } from "../../../../src/model/systems/ours/probes.ts";
import { drawAll, livelyState, maxDifference, randomText, shapeOf, smallestConfig } from "../../tiny_model.ts";

/** A system with blocks at 8×8 and 16×16, two stories of three frames, and their words in the order of the other. */
function setup(...overrides: string[]) {
  const config = smallestConfig("model.db.gSizes=[8,16]", ...overrides);
  const state = livelyState(ours.parameters(config, shapeOf(3)));
  const noise = drawAll(ours.latents(config, 2, 3));
  const text = randomText(config, 2, 3, 4);
  const swapped = Object.fromEntries(Object.entries(text).map(([name, x]) => [name, tf.reverse(x, 0)]));
  const images = ours.generate(config, state, text, noise, false).images.reshape([6, 64, 64, 3]);
  const exchange = (block: string, others: State) =>
    oursProbes.exchangeWords(config, state, text, others, noise, block);
  return { config, state, noise, text, swapped, images, exchange };
}

for (const mode of ["both", "wsa"]) {
  for (const words of ["frame", "story"]) {
    Deno.test(`exchanged words change what is generated (mode ${mode}, words of the ${words}); one's own do not`, () => {
      // Soft selection, so that the words count whatever the selector takes.
      const { text, swapped, images, exchange } = setup(
        `model.db.g=${mode}`,
        `model.db.words=${words}`,
        "model.db.inference=soft",
      );
      for (const block of ["g8", "g16"]) {
        assertEquals(maxDifference(exchange(block, text), images), 0);
        assertGreater(maxDifference(exchange(block, swapped), images), 1e-4);
      }
    });
  }
}

Deno.test("exchanged words reach their block only: every output before it is the same, and the other's words stay", () => {
  const { config, state, noise, text, swapped, exchange } = setup("model.db.g=wsa");
  const trace = (exchanged: Parameters<typeof generateFrames>[4]) => {
    const seen: Record<string, Tensor> = {};
    const { images } = generateFrames(
      openNet(state, false, (name, value) => void (seen[name] = value)),
      config,
      text,
      noise,
      exchanged,
    );
    return { seen, images };
  };
  const others = wordsOf(openNet(state, false), "generator", config, swapped as typeof text);
  const own = trace({});
  const changed = trace({ g16: others });
  const names = Object.keys(own.seen);
  const differing = names.filter((name) => maxDifference(own.seen[name]!, changed.seen[name]!) > 0);
  assertEquals(differing, names.slice(names.indexOf("generator.db16.words")));
  assertEquals(maxDifference(exchange("g16", swapped), changed.images), 0);

  // The block at 8×8 reads its own words when those of 16×16 are exchanged, and the other way round.
  const first = trace({ g8: others }).seen;
  assertGreater(maxDifference(first["generator.db8.words"]!, own.seen["generator.db8.words"]!), 0);
  const kept = wordsOf(openNet(state, false), "generator", config, text);
  assertEquals(maxDifference(trace({ g8: others, g16: kept }).images, exchange("g8", swapped)), 0);
});

Deno.test("sentence vectors of the others have no effect", () => {
  const { text, swapped, exchange } = setup();
  const onlyWords = { ...text, words: swapped.words!, mask: swapped.mask! };
  assertEquals(maxDifference(exchange("g8", swapped), exchange("g8", onlyWords)), 0);
});

Deno.test("a block without words is not changed by those of others, and an unknown block is refused", () => {
  const { swapped, images, exchange } = setup("model.db.g=sa");
  assertEquals(maxDifference(exchange("g8", swapped), images), 0);
  assertThrows(() => exchange("g32", swapped), Error, 'no dynamic block "g32"');
  assertThrows(() => exchange("d8", swapped), Error, 'no dynamic block "d8"');
});
