/** Pre-training through Inception v3 with random weights: what is trained, and what stays frozen. */
import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { tf } from "../../src/engine/mod.ts";
import { inceptionParameters } from "../../src/model/pretrained/inception/trunk.ts";
import { initialize } from "../../src/model/parameters.ts";
import { encodeImage, regionSide } from "../../src/model/damsm/image_encoder.ts";
import { damsm } from "../../src/model/damsm/mod.ts";
import { dataShape, targetsRead } from "../../src/runs/workplace.ts";
import { initialState, stateShapes } from "../../src/train/state.ts";
import { tinyStorySet } from "../fixtures/tiny_stories.ts";
import { memoryRecorder, startEngine, tinyConfig, tinyVocabulary, trainTiny } from "./tiny.ts";

const engine = await startEngine();
const config = tinyConfig("text.tower=inception", "text.batch=2", "text.steps=2", "text.learningRate=0.01");

Deno.test({
  name: "train() trains the heads of the inception image encoder, and carries nothing of its trunk",
  ignore: engine.name !== "xla", // minutes elsewhere
  async fn() {
    const set = await tinyStorySet();
    const vocabulary = await tinyVocabulary();
    const frozen = initialize(inceptionParameters(), 1);
    const data = dataShape(set, vocabulary, targetsRead(damsm, config, set));
    const before = initialState(damsm, config, data);
    const head = [...await before.model["tower.regions.kernel"]!.data()];
    const { kept, record } = memoryRecorder();
    const start = { step: 0, state: before, best: undefined };
    const model = { ...before.model, ...frozen };
    const { regions, global } = tf.tidy(() => {
      const { regions, global } = encodeImage(config, model, tf.zeros([1, 64, 64, 3]), false);
      return { regions, global };
    });
    assertEquals([regions.shape, global.shape], [[1, regionSide.inception ** 2, 8], [1, 8]]);
    tf.dispose([regions, global]);
    const validate = () => Promise.resolve({ values: {}, score: 0 });
    await trainTiny(damsm, config, { frozen, start, record, validate });
    assertEquals(
      Object.keys(kept.last).filter((name) => !name.startsWith("adam.")).sort(),
      Object.keys(stateShapes(damsm, config, data).model).sort(),
    );
    assert(Object.keys(kept.last).every((name) => !name.includes("inception")));
    assertNotEquals([...kept.last["tower.regions.kernel"]!.data], head);
    assert(kept.metrics.every(({ values }) => Object.values(values).every(Number.isFinite)));
    tf.dispose(frozen);
  },
});
