import {
  assert,
  assertEquals,
  assertMatch,
  assertNotEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { UserError } from "../../../src/base/errors.ts";
import { formatted } from "../../../src/cli/jupyter/clean.ts";
import { sha256File } from "../../../src/base/files.ts";
import { disposeTree, tf } from "../../../src/engine/mod.ts";
import { completedModel, traceStory } from "../../../src/evaluation/inspect/trace.ts";
import { decodeSafetensors, encodeSafetensors } from "../../../src/formats/safetensors.ts";
import { writeMeasurements } from "../../../src/records/evaluation.ts";
import { runningStatus, writeStatus } from "../../../src/records/status.ts";
import { readSampledCheckpoint } from "../../../src/runs/sampling/checkpoint.ts";
import { sampleStory } from "../../../src/runs/sampling/sample_story.ts";
import { exportWeights } from "../../../src/runs/shipped/export.ts";
import { decodeWeights, encodeWeights } from "../../../src/runs/shipped/file.ts";
import { describeShipped, openShippedModel, shippedFor } from "../../../src/runs/shipped/open.ts";
import { digestState, type Stored } from "../../../src/train/checkpoint.ts";
import { tinyRun } from "../../evaluation/tiny_run.ts";
import { runToEnd, withFolder } from "../../runs/help.ts";
import { tinyConfig } from "../../train/tiny.ts";

const commit = "c0ffee".padEnd(40, "0");
const story = ["Mike is in the park.", "A dog runs to him."];

/** A run with numbers away from those of float16, a record of its environment, and one measured number. */
async function finishedRun(root: string) {
  const run = await tinyRun(root, (stored) => {
    // Larger kernels: pictures of an untrained generator hardly differ from grey.
    for (const [name, { data }] of Object.entries(stored)) {
      if (/^(ema\.)?generator\..*kernel$/.test(name)) {
        for (let i = 0; i < data.length; i++) data[i] = Number(data[i]) * 9;
      }
    }
  });
  const engine = { name: "xla", version: "1", threads: 2, precision: "float32" };
  Deno.writeTextFileSync(`${run.folder}/environment.json`, JSON.stringify({ commit, uncommitted: null, engine }));
  const { state } = readSampledCheckpoint(run.folder);
  const entry = (state: string) => ({
    ...{ value: 58.3, interval: { low: 57.8, high: 58.8, level: 0.95 as const }, real: 48, stories: 4, frames: 20 },
    ...{ checkpoint: { name: "best" as const, step: 3, state }, networks: {}, seed: 1, bootstrap: 9, engine, commit },
    code: "c",
  });
  writeMeasurements(run.folder, { "cosine[damsm:1a2b3c4d].test": entry(state), "fid[x].test": entry("of another") });
  return run;
}

/** The largest difference of two sets of pictures, in steps of a byte. */
function difference(a: Uint8Array[][], b: Uint8Array[][]): number {
  const [left, right] = [a.flat(), b.flat()];
  assertEquals(left.length, right.length);
  return Math.max(
    ...left.map((frame, i) => frame.reduce((most, x, at) => Math.max(most, Math.abs(x - right[i]![at]!)), 0)),
  );
}

Deno.test("weights that ship", (t) =>
  withFolder(async (root) => {
    const { folder, set, config } = await finishedRun(root);
    const out = `${root}/weights`;
    const ofRun = await sampleStory(folder, story, { count: 2 });
    assert(new Set(ofRun.frames.flat(2).flatMap((frame) => [...frame])).size > 20, "the pictures are all grey");

    await t.step("in float32 they draw the run's pictures bit by bit, in float16 to within rounding", async () => {
      const single = await exportWeights(folder, { out });
      assertEquals([single.dtype, single.sha256], ["float32", sha256File(single.file)]);
      assertEquals((await sampleStory(openShippedModel(out), story, { count: 2 })).frames, ofRun.frames);
      const half = await exportWeights(folder, { out, dtype: "float16" });
      assert(half.bytes < 0.7 * single.bytes, `${half.bytes} of ${single.bytes}`);
      const drawn = await sampleStory(openShippedModel(out), story, { count: 2 });
      assert(difference(drawn.frames, ofRun.frames) <= 2, `${difference(drawn.frames, ofRun.frames)}`);
      assertEquals([drawn.step, drawn.unknown], [ofRun.step, ofRun.unknown]);
      const { card } = await exportWeights(folder, { out, dtype: "float16", stories: () => Promise.resolve([story]) });
      const measured =
        /changes\s+the\s+value\s+of\s+a\s+pixel\s+\(0\s+to\s+255\)\s+by\s+([\d.e-]+)\s+on\s+average\s+and\s+by\s+(\d)\s+at\s+most/
          .exec(Deno.readTextFileSync(card))!;
      const one = await sampleStory(folder, story);
      const other = await sampleStory(openShippedModel(out), story);
      assertEquals(Number(measured[2]), difference(other.frames, one.frames));
      const pairs = one.frames.flat().flatMap((frame, i) =>
        [...frame].map((x, at) => [x, other.frames.flat()[i]![at]!])
      );
      const mean = pairs.reduce((sum, [a, b]) => sum + Math.abs(a! - b!), 0) / pairs.length;
      assert(Math.abs(Number(measured[1]) - mean) < 0.06 * mean, `${measured[1]}, and not ${mean}`);
      // Just above the size of float16: that is what is chosen.
      assertEquals((await exportWeights(folder, { out, largest: half.bytes })).dtype, "float16");
    });

    await t.step("the model names its origin, and knows the words of the run", () => {
      const model = openShippedModel(out);
      assertEquals(describeShipped(model), "shipped weights of 0002-tiny, step 3, commit c0ffee000000");
      assertEquals([model.data.name, model.dtype, model.commit], ["clipart", "F16", commit]);
      assert(model.vocabulary.index.has("park"));
      const tensors = tf.memory().numTensors;
      const { weights, encoder } = model.upload();
      assert(Object.keys(weights).every((name) => name.startsWith("generator.")));
      assert(Object.keys(encoder).every((name) => name.startsWith("text.")));
      disposeTree([weights, encoder]);
      assertEquals(tf.memory().numTensors, tensors);
    });

    await t.step("they stand for a run of the same data, unless settings are asked for that they do not have", () => {
      const found = (asked: string[]) => shippedFor(tinyConfig(...asked), asked, out);
      assertEquals(found([]).model?.name, "0002-tiny");
      assertEquals(found([`model.generatorWidth=${config.model.generatorWidth}`]).model?.name, "0002-tiny");
      for (const asked of ["model.generatorWidth=32", "train.steps=9", "model.db.gSizes=[8,32]"]) {
        assertEquals(found([asked]).model, undefined);
        assertStringIncludes(found([asked]).said, "are of other settings");
      }
      assertEquals(found(["data.name=mine"]).model, undefined);
      assertEquals(shippedFor(config, [], `${root}/none`), { said: "no weights are shipped for clipart" });
    });

    await t.step("with an initial discriminator they can be traced", async () => {
      const model = completedModel(openShippedModel(out), set);
      const traced = await traceStory(model, set, set.split("val")[0]!);
      assertEquals(traced.generated.length, set.frames);
      disposeTree([model.state, model.encoder]);
    });

    await t.step(
      "the card has the run, the numbers of this checkpoint with intervals, and the layout of deno fmt",
      async () => {
        const { card, sha256 } = await exportWeights(folder, { out, dtype: "float16" });
        const text = Deno.readTextFileSync(card);
        for (const part of ["`0002-tiny`", "`c0ffee000000`", sha256, "float16", "Apache-2.0", "rounded to float16"]) {
          assertStringIncludes(text, part);
        }
        assertMatch(
          text,
          /\| `cosine\[damsm:1a2b3c4d\]\.test` ×100 +\| higher \| 58\.30 +\| 57\.80 to 58\.80 +\| 48\.00/,
        );
        assert(!text.includes("fid[x]"), "a number of another checkpoint");
        assertMatch(text, /rounded\s+to\s+float16,\s+are\s+not\s+measured/);
        assertEquals(await formatted(text, "md"), text);
      },
    );

    await t.step("a damaged file is refused: cut short, a changed weight or word, a missing key or tensor", () => {
      const path = `${out}/model.safetensors`;
      const whole = Deno.readFileSync(path);
      const refused = (bytes: Uint8Array, text: string) => {
        Deno.writeFileSync(path, bytes);
        const { message } = assertThrows(() => openShippedModel(out), UserError, text);
        assertStringIncludes(message, path);
      };
      refused(whole.subarray(0, whole.length - 1), "cut short");
      refused(whole.with(whole.length - 1, whole.at(-1)! ^ 1), "are damaged");
      const { tensors, metadata } = decodeSafetensors(whole, "x");
      const { "generator.image.kernel": _kernel, ...fewer } = tensors;
      refused(encodeSafetensors(fewer, metadata), "are damaged");
      const { vocabulary, ...origin } = decodeWeights(whole, "x");
      const rewritten = (tensors: Stored) => encodeWeights(tensors, { ...origin, vocabulary: vocabulary.words }).bytes;
      refused(rewritten(fewer), 'lacks the tensor "generator.image.kernel"');
      const integers = { dtype: "I32" as const, shape: [1], data: Int32Array.of(1) };
      refused(rewritten({ ...tensors, extra: integers }), 'hold "extra" as I32');
      refused(encodeSafetensors(tensors, { ...metadata, vocabulary: '["<pad>","<unk>"]' }), "are damaged");
      refused(encodeSafetensors(tensors, { ...metadata, digest: "0".repeat(64) }), "were written with 000000000000");
      refused(encodeSafetensors(tensors, { ...metadata, format: "other" }), "no shipped weights");
      for (const key of ["config", "vocabulary", "digest", "commit"]) {
        const { [key]: _, ...rest } = metadata;
        refused(encodeSafetensors(tensors, rest), `lack "${key}"`);
      }
      refused(new Uint8Array([1, 2, 3]), "cut short");
      assertNotEquals(digestState(fewer), digestState(tensors));
      Deno.removeSync(path);
      assertThrows(() => openShippedModel(out), UserError, "deno task train");
    });

    await t.step("what does not fit or is not finished is refused, and nothing is written", async () => {
      Deno.removeSync(out, { recursive: true });
      await assertRejects(() => exportWeights(folder, { out, largest: 1000 }), UserError, "in float16 they have 0.0");
      await assertRejects(() => exportWeights(folder, { out, largest: 1000 }), UserError, "at most 0.00 MB");
      writeStatus(folder, runningStatus("gan", 2, 3));
      await assertRejects(() => exportWeights(folder, { out }), UserError, "is running");
      writeStatus(folder, { ...runningStatus("gan", 3, 3), state: "finished" });
      assertThrows(() => Deno.statSync(out), Deno.errors.NotFound);
    });

    await t.step(
      "the tasks: export-weights writes the file, sample draws with it and says whose weights they are",
      async () => {
        const exported = await runToEnd("export-weights", ["2", "--out", out], root);
        assertEquals([exported.code, exported.err], [0, ""]);
        assertStringIncludes(exported.out, "model card:");
        const picture = `${root}/story.png`;
        const args = ["--weights", out, "--out", picture, ...story.flatMap((text) => ["--story", text])];
        const sampled = await runToEnd("sample", args, `${root}/empty`);
        assertEquals(sampled.code, 0, sampled.err);
        assertStringIncludes(sampled.out, "shipped weights of 0002-tiny, step 3, commit c0ffee000000");
        assert(Deno.statSync(picture).size > 1000);
      },
    );
  }));
