/**
 * Pre-training as a run of its own: what the task writes, what resuming says, and how a GAN run is given the encoder.
 *
 * Real processes and the real parts, on the fastest engine here. One folder serves all steps, in order.
 */
import { assert, assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { UserError } from "../../src/base/errors.ts";
import { readJson } from "../../src/base/files.ts";
import { prepareSet } from "../../src/data/mod.ts";
import { drawAttention } from "../../src/runs/sampling/draw_attention.ts";
import { givenEncoder } from "../../src/runs/given_encoder.ts";
import type { DataRecord } from "../../src/records/create.ts";
import { openWorkplace } from "../../src/runs/workplace.ts";
import type { Retrieval } from "../../src/runs/retrieval.ts";
import { resumeTraining } from "../../src/runs/resume.ts";
import { runningStatus, writeStatus } from "../../src/records/status.ts";
import { trainIn } from "../../src/runs/train.ts";
import { tinyConfig } from "../train/tiny.ts";
import { runToEnd, withFolder } from "./help.ts";

const glove = "mike 1 2 3 4 5 6 7 8\nunicorn 1 1 1 1 1 1 1 1\njenny 8 7 6 5 4 3 2 1\n";
const widths = ["text.width=8", "text.embedding=8", "text.towerWidth=4", "data.words=4", "text.batch=4"];

Deno.test("deno task damsm makes a run that GAN runs can use", (t) =>
  withFolder(async (root) => {
    await prepareSet("clipart", { options: { stories: 12, seed: 1 }, root: `${root}/data` });
    Deno.writeTextFileSync(`${root}/glove.txt`, glove);
    const folder = `${root}/runs/0001-words`;
    const place = (...overrides: string[]) =>
      openWorkplace(tinyConfig(...overrides), { runs: `${root}/runs`, data: `${root}/data` });

    await t.step("the task writes checkpoints, R-precision of val and test, and the attention figure", async () => {
      const settings = [...widths, "text.steps=3", `text.glove=${root}/glove.txt`, "--name", "words"];
      const { code, out, err } = await runToEnd("damsm", ["--data", "clipart", ...settings], root);
      assertEquals(code, 0, err);
      for (const part of ["R-precision on test", "attention.png", "--encoder 0001-words", "· vocabulary"]) {
        assertStringIncludes(out, part);
      }
      const { step, val, test } = readJson<{ step: number; val: Retrieval; test: Retrieval }>(
        `${folder}/r-precision.json`,
      );
      assert(step >= 1 && step <= 3);
      assertEquals([val.frames, test.frames], [20, 20]);
      assertEquals(
        [...Deno.readFileSync(`${folder}/samples/attention.png`).subarray(1, 4)],
        [..."PNG"].map((c) => c.charCodeAt(0)),
      );
      const { glove } = readJson<DataRecord>(`${folder}/data.json`);
      assertEquals(glove!.found, 2);
      assertStringIncludes(Deno.readTextFileSync(`${folder}/log.txt`), "text.glove has 2 of ");
    });

    await t.step("a finished run is not resumed, also when it ran out of patience", async () => {
      const resume = () => resumeTraining(folder, { data: `${root}/data` });
      assertStringIncludes((await assertRejects(resume, UserError)).message, "is complete at step 3");
      writeStatus(folder, { ...runningStatus("damsm", 2, 3), state: "finished" });
      assertStringIncludes((await assertRejects(resume, UserError)).message, "is complete at step 2");
    });

    await t.step("attention is drawn for a story of one's choice", async () => {
      const path = await drawAttention(folder, { story: "val-00002", data: `${root}/data` });
      assertEquals(path, `${folder}/samples/attention-val-00002.png`);
      assert(Deno.readFileSync(path).length > 1000);
      const none = () => drawAttention(folder, { story: "val-2", data: `${root}/data` });
      assertStringIncludes((await assertRejects(none, UserError)).message, 'no story "val-2"');
    });

    await t.step("a run is given the encoder by name, and data.json names it", async () => {
      const config = ["text.steps=9", "train.steps=1", "record.sample=1", "record.checkpoint=1"]; // other steps do not matter
      const { folder: gan } = await trainIn(await place(...config), { encoder: "0001-words" });
      const { encoder } = readJson<DataRecord>(`${gan}/data.json`);
      const digests = readJson<Record<string, string>>(`${folder}/digests.json`);
      assertEquals(encoder!.run, "0001-words");
      assert(Object.values(digests).includes(encoder!.digest));
      assertEquals([...Deno.readDirSync(`${root}/runs`)].filter(({ isDirectory }) => isDirectory).length, 2);
    });

    await t.step("an encoder that does not fit is refused, with what differs", async () => {
      const refused = async (name: string, overrides: string[], ...texts: string[]) => {
        const workplace = await place(...overrides);
        const { message } = assertThrows(() => givenEncoder(workplace, name), UserError);
        for (const text of texts) assertStringIncludes(message, text);
      };
      await refused("1", ["text.width=16"], "text.width is 8, and this run's is 16");
      await refused("1", ["text.towerWidth=2"], "text.towerWidth is 4");
      await refused("2", [], "generates stories", "0001-words");
      await refused("0001-word", [], 'nearest name is "0001-words"');
      writeStatus(folder, { ...runningStatus("damsm", 2, 3), state: "interrupted" });
      await refused("1", [], "is interrupted", "deno task resume 0001-words");
      writeStatus(folder, { ...runningStatus("damsm", 3, 3), state: "finished" });
      await prepareSet("clipart", { options: { stories: 12, seed: 2 }, root: `${root}/data`, force: true });
      await refused("1", [], "its data set is clipart (");
    });

    await t.step("what would stop it is reported before there is a run", async () => {
      const runs = [...Deno.readDirSync(`${root}/runs`)].length;
      const refused = async (settings: string[], ...texts: string[]) => {
        const { code, err } = await runToEnd("damsm", [...widths, ...settings], root);
        assertEquals(code, 1, err);
        for (const text of texts) assertStringIncludes(err, text);
      };
      await refused([`text.glove=${root}/glove.txt`, "text.embedding=6"], "line 1 holds a vector of 8 numbers");
      await refused(["text.tower=inception"], "text.towerWeights=FILE");
      await refused(
        ["text.tower=inception", "text.towerWeights=no.safetensors"],
        '/no.safetensors": there is no such file',
      );
      await refused(["text.batch=13"], "text.batch is 13", "12 training stories");
      assertEquals([...Deno.readDirSync(`${root}/runs`)].length, runs);
    });
  }));
