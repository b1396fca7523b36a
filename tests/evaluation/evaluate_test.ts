import { assert, assertAlmostEquals, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { UserError } from "../../src/base/errors.ts";
import { readJson, sha256 } from "../../src/base/files.ts";
import { tf } from "../../src/engine/mod.ts";
import { evaluateFolders } from "../../src/evaluation/folders.ts";
import { type EvaluateOptions, evaluateRun } from "../../src/evaluation/evaluate.ts";
import type { DataRecord } from "../../src/records/create.ts";
import { readCurve } from "../../src/records/evaluation.ts";
import { runningStatus, writeStatus } from "../../src/records/status.ts";
import { withFolder } from "../runs/help.ts";
import { openInputs } from "../../src/evaluation/inputs.ts";
import { tinyRun } from "./tiny_run.ts";

const quick = { bootstrap: 50, networks: ["damsm-tower"] };
const text = (path: string) => Deno.readTextFileSync(path);

/** The bytes of every file below a folder that an evaluation fills. */
function filesOf(folder: string): Record<string, string> {
  return Object.fromEntries(
    [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }): [string, string][] =>
      isDirectory
        ? Object.entries(filesOf(`${folder}/${name}`)).map(([path, digest]) => [`${name}/${path}`, digest])
        : name === "lock"
        ? []
        : [[name, sha256(Deno.readFileSync(`${folder}/${name}`))]]
    ).sort(),
  );
}

Deno.test("evaluateRun() evaluates a run", (t) =>
  withFolder(async (root) => {
    const { folder, data, set } = await tinyRun(root);
    const evaluate = (options: EvaluateOptions = {}) => evaluateRun(folder, { ...quick, data, ...options });
    const first = await evaluate();
    const record = text(`${folder}/metrics.json`);
    const kept = filesOf(`${folder}/evaluation`);
    const tensors = tf.memory().numTensors;

    await t.step("every number has its protocol in its name, and its entry has all that it depends on", () => {
      const [digest] = /[0-9a-f]{8}/.exec(Object.keys(first)[0]!)!;
      const names = [
        `frechet[damsm-tower:${digest}].test`,
        `cosine[damsm:${digest}].test`,
        `r-precision[damsm:${digest}, sentence, 1 of 16].test`,
        `r-precision[damsm:${digest}, description, 1 of 16].test`,
        `consistency[damsm-tower:${digest}].test`,
        "colour-within[sky rows 0-9].test",
        "colour-within[ground rows 52-63].test",
        "colour-match[sky rows 0-9].test",
        "colour-match[ground rows 52-63].test",
        "contours[laplacian].test",
        "self-attention[g8].test",
        "self-attention[d8, drawn].test",
        "word-response[g8].test",
      ];
      assertEquals(Object.keys(first), names);
      assertEquals(readJson(`${folder}/metrics.json`), first);
      for (const entry of Object.values(first)) {
        assertEquals([entry.stories, entry.frames, entry.seed, entry.bootstrap], [4, 20, 1, 50]);
        const { name, step, state, chosenBy } = entry.checkpoint!;
        assertEquals([name, step, state.length], ["best", 3, 64]);
        assertEquals(chosenBy, { metric: "frechet[conv-random].val", split: "val", value: 7 });
        assertEquals(entry.engine.precision, "float32");
        assert(Object.values(entry.networks).every((digest) => /^[0-9a-f]{64}$/.test(digest)));
      }
      const cosine = first[names[1]!]!;
      assert(cosine.interval!.low <= cosine.value && cosine.value <= cosine.interval!.high);
      assert(Math.abs(cosine.real!) <= 100 && Math.abs(cosine.shuffled!) <= 100);
    });

    await t.step("a second evaluation reads the cache of the first, and writes the same", async () => {
      const stages: string[] = [];
      assertEquals(await evaluate({ progress: (stage) => stages.push(stage) }), first);
      assertEquals(stages, []);
      assertEquals(text(`${folder}/metrics.json`), record);
      assertEquals(text(`${folder}/metric-cosine.jsonl`).trimEnd().split("\n").length, 2);
      assertEquals(tf.memory().numTensors, tensors);
    });

    await t.step("a kept checkpoint has the numbers of its step in curve.jsonl, and metrics.json stays", async () => {
      await assertRejects(() => evaluate({ checkpoint: "step-3" }), UserError, "record.keep=true");
      Deno.copyFileSync(`${folder}/checkpoints/best.safetensors`, `${folder}/checkpoints/step-3.safetensors`);
      await assertRejects(() => evaluate({ checkpoint: "step-4" }), UserError, "it has step-3");
      const found = await evaluate({ checkpoint: "step-3" });
      const values = (entries: Record<string, { value: number }>) =>
        Object.entries(entries).map(([name, { value }]) => [name, value]).sort();
      assertEquals(values(found), values(first));
      assertEquals(readCurve(folder).map(({ name, value }) => [name, value]).sort(), values(first));
      assert(
        readCurve(folder).every(({ checkpoint: { name, step, chosenBy } }) =>
          name === "step-3" && step === 3 && !chosenBy
        ),
      );
      assertEquals(text(`${folder}/metrics.json`), record);
    });

    await t.step("a story's pictures depend on neither batch nor limit, and no number on the batch", async () => {
      Deno.removeSync(`${folder}/evaluation`, { recursive: true });
      Deno.removeSync(`${data}/clipart/features`, { recursive: true });
      const other = await evaluate({ batch: 3 });
      for (const [name, { value }] of Object.entries(other)) {
        assertAlmostEquals(value, first[name]!.value, 1e-5 * Math.abs(first[name]!.value), name);
      }
      const two = await evaluate({ batch: 3, limit: 2, export: `${root}/two` });
      assert(Object.keys(two).every((name) => name.endsWith(", first 2].test")), Object.keys(two).join());
      await evaluate({ batch: 3, export: `${root}/all` });
      for (const side of ["real", "drawn"]) {
        const [part, all] = ["two", "all"].map((name) => filesOf(`${root}/${name}/${side}`));
        assertEquals([Object.keys(part!).length, Object.keys(all!).length], [10, 20]);
        for (const [path, digest] of Object.entries(part!)) assertEquals(all![path], digest);
      }
    });

    await t.step("the exported folders get the numbers of the run", async () => {
      const paths = { real: `${root}/all/real`, generated: `${root}/all/drawn` };
      const found = await evaluateFolders(paths, { ...quick, data, batch: 3, encoder: folder });
      const ofRun = await evaluate({ batch: 3 });
      assertEquals(Object.keys(found).map((name) => name.split("[")[0]), [
        "frechet",
        "consistency",
        "colour-within",
        "colour-within",
        "colour-match",
        "colour-match",
        "contours",
      ]);
      for (const [name, { value, interval, real }] of Object.entries(found)) {
        const same = ofRun[name.replace(".folders", ".test")]!;
        assertEquals({ value, real }, { value: same.value, real: same.real });
        assertEquals(interval !== undefined, true); // not the same one: the stories of a run are paired
      }
      await assertRejects(() => evaluateFolders(paths, quick), UserError, "--encoder RUN");
      Deno.removeSync(`${paths.generated}/${set.split("test")[0]!.id}`, { recursive: true });
      const fewer = await evaluateFolders(paths, { ...quick, data, encoder: folder, bootstrap: 0 });
      assertEquals(
        Object.values(fewer).map(({ stories, folders }) => [stories, folders?.real.stories]),
        Array(5).fill([3, 4]),
      ); // no match
    });

    await t.step("a paused evaluation continues to the same bytes", async () => {
      Deno.removeSync(`${folder}/evaluation`, { recursive: true });
      const controller = new AbortController();
      const reason = new Error("paused");
      await assertRejects(
        () =>
          evaluate({
            signal: controller.signal,
            progress: (stage) => stage === "generating" && controller.abort(reason),
          }),
        Error,
        "paused",
      );
      assertEquals(Object.keys(filesOf(`${folder}/evaluation`)).length, 1);
      assertEquals(await evaluate(), first);
      assertEquals(filesOf(`${folder}/evaluation`), kept);
    });

    await t.step("the other split and further metrics are added to the first", async () => {
      const val = await evaluate({ split: "val", metrics: ["cosine"] });
      assertEquals(Object.keys(val).map((name) => name.split(".").at(-1)), ["val"]);
      assertEquals(Object.keys(readJson<object>(`${folder}/metrics.json`)).length, 27);
    });

    await t.step("what cannot be evaluated is refused in one sentence", async () => {
      const refused = async (options: EvaluateOptions, ...parts: string[]) => {
        const error = await assertRejects(() => evaluate(options), UserError);
        for (const part of parts) assertStringIncludes(error.message, part);
      };
      await refused({ checkpoint: "last" }, 'no checkpoint "last.safetensors"');
      await refused({ networks: ["inception"] }, 'no feature network "inception"');
      const encoder = `${root}/encoder`;
      Deno.mkdirSync(encoder);
      writeStatus(encoder, runningStatus("damsm", 1, 2));
      await refused({ encoder }, "is running");
      writeStatus(encoder, { ...runningStatus("damsm", 2, 2), state: "finished" });
      Deno.writeTextFileSync(`${encoder}/data.json`, JSON.stringify({ name: "other", digest: "1".repeat(64) }));
      await refused({ encoder }, "was trained on other (111111111111)", "deno task damsm --data clipart");
      const path = `${folder}/data.json`;
      const before = text(path);
      Deno.writeTextFileSync(path, before.replace(/"digest":"......../, '"digest":"00000000'));
      await refused({}, "trained on 00000000");
      Deno.writeTextFileSync(path, before);
      const best = `${folder}/checkpoints/best.safetensors`;
      const bytes = Deno.readFileSync(best);
      bytes[bytes.length - 1]! ^= 1;
      Deno.writeFileSync(best, bytes);
      await refused({}, "is damaged");
      assertEquals(Object.keys(readJson<object>(`${folder}/metrics.json`)).length, 27);
    });
  }));

Deno.test("evaluateRun() names the story and frame that were generated with NaN, and an empty split", () =>
  withFolder(async (root) => {
    const { folder, data, set } = await tinyRun(root, (stored) => {
      for (const name of ["generator.image.kernel", "ema.generator.image.kernel"]) {
        if (stored[name]) stored[name].data[0] = NaN;
      }
    });
    const id = set.split("test")[0]!.id;
    await assertRejects(
      () => evaluateRun(folder, { ...quick, data }),
      UserError,
      `The story "${id}" cannot be evaluated`,
    );

    // The same data set without its test stories.
    const prepared = `${data}/clipart/prepared`;
    const lines = text(`${prepared}/stories.jsonl`).trimEnd().split("\n");
    const kept = lines.filter((line) => JSON.parse(line).split !== "test").map((line) => line + "\n").join("");
    const manifest = readJson<{ files: Record<string, unknown>; stories: { test: number } }>(
      `${prepared}/manifest.json`,
    );
    manifest.files["stories.jsonl"] = { bytes: kept.length, sha256: sha256(kept) };
    manifest.stories.test = 0;
    const changed = JSON.stringify(manifest);
    Deno.writeTextFileSync(`${prepared}/stories.jsonl`, kept);
    Deno.writeTextFileSync(`${prepared}/manifest.json`, changed);
    const record = readJson<DataRecord>(`${folder}/data.json`);
    Deno.writeTextFileSync(`${folder}/data.json`, JSON.stringify({ ...record, digest: sha256(changed) }));
    await assertRejects(() => evaluateRun(folder, { ...quick, data }), UserError, "has no test stories to evaluate");
  }));

Deno.test("openInputs() notes what a name must contain: labels that are given, and a part of the split", () =>
  withFolder(async (root) => {
    const { folder, data } = await tinyRun(root, () => {}, "data.labels=3");
    assertEquals((await openInputs(folder, { data, limit: 2 })).remarks, ["gold labels", "first 2"]);
    assertEquals((await openInputs(folder, { data, limit: 9 })).remarks, ["gold labels"]);
  }));
