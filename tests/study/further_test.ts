import { assert, assertEquals, assertRejects } from "@std/assert";
import { flattenConfig } from "../../src/base/config.ts";
import { type Config, resolveConfig, valuesBefore } from "../../src/model/config.ts";
import { changes } from "../../src/study/recipe.ts";
import { UserError } from "../../src/base/errors.ts";
import { readManifest } from "../../src/data/store/manifest.ts";
import { findSource } from "../../src/data/sets/mod.ts";
import { configDigest } from "../../src/records/write.ts";
import { planStudy } from "../../src/study/plan.ts";
import { prepareSets } from "../../src/study/sets.ts";
import { findStudySet, studies, type Study } from "../../src/study/studies.ts";
import { withFolder } from "../runs/help.ts";

const all = Object.values(studies);
const flatValues = (config: Config) => Object.fromEntries(flattenConfig(config));

Deno.test("every study can be planned: settings exist, rows and labels differ, the baseline is a row", () =>
  withFolder((root) => {
    for (const study of all) {
      const labels = study.rows.map(({ label }) => label);
      assertEquals(new Set(labels).size, labels.length, study.name);
      assert(labels.every((label) => /^[\w.-]+$/.test(label)), study.name);
      assert(study.baseline !== undefined && labels.includes(study.baseline), study.name);
      const jobs = planStudy(study, { roots: [root], data: root });
      assertEquals(jobs.map(({ state }) => state), jobs.map(() => "to train"));
      assertEquals(jobs.length, study.rows.length * study.seeds.length);
    }
    return Promise.resolve();
  }));

Deno.test("every set of a study can be made, and every row uses an existing set", async () => {
  for (const { name, rows, sets = [], preset } of all) {
    for (const { source, options } of sets) {
      assert((await findSource(source)).options.safeParse(options).success, name);
    }
    const used = rows.map(({ set }) => resolveConfig(preset, set).data.name);
    const known = ["clipart", ...sets.map((set) => set.name)];
    assertEquals(used.filter((set) => !known.includes(set)), [], name);
    assertEquals(sets.filter((set) => !used.includes(set.name)), [], name);
  }
});

Deno.test("a set is found by its name, whichever study makes it, and made in one way only", () => {
  const sets = all.flatMap(({ sets = [] }) => sets);
  assertEquals(sets.map(({ name }) => findStudySet(name)), sets);
  assertEquals(findStudySet("clipart-t15")?.options.frames, "15");
  assertEquals(findStudySet("clipart"), undefined);
});

Deno.test("the recipe's settings are those of tiny, and undone the ones of before", () => {
  const tiny = resolveConfig("tiny");
  for (const { recipe, label } of changes) assertEquals(resolveConfig("tiny", recipe), tiny, label);
  const former = flatValues(resolveConfig("tiny", changes.flatMap(({ former }) => former)));
  for (const [key, value] of Object.entries(valuesBefore("ours"))) {
    if (key !== "record.best") assertEquals(former[key], value, key); // it chooses a checkpoint and changes none
  }
  const undone = changes.flatMap(({ former }) => former.map((pair) => pair.split("=")[0]!));
  assertEquals(new Set(undone).size, undone.length); // no key in two changes
});

Deno.test("the rows of a study that are the default are one run with the full model of the ablation", () => {
  const digest = (study: string, label: string) =>
    configDigest(resolveConfig("tiny", studies[study]!.rows.find((row) => row.label === label)!.set), "gan");
  const rows = {
    tau: "tau-0.5",
    choice: "soft",
    detail: "all",
    length: "5-frames",
    characters: "2-characters",
    scale: "plain",
  };
  for (const [study, label] of Object.entries(rows)) {
    assertEquals(digest(study, label), digest("ablation", "ours"), study);
  }
});

Deno.test("the study of length has the same number of pictures with every length", () => {
  const { rows, sets, preset } = studies.length!;
  for (const { label, set } of rows) {
    const frames = parseInt(label);
    const { data, train, record } = resolveConfig(preset, set);
    assertEquals(train.batch * frames, 5 * resolveConfig(preset).train.batch); // as with the frames of clipart
    assert(Math.abs(record.validation * frames - 500) < 15, label);
    const made = sets!.find(({ name }) => name === data.name)?.options ?? { frames: "5", stories: "2000" };
    assertEquals(Number(made.frames), frames);
    assert(Math.abs(Number(made.stories) * frames - 10_000) < 10, label);
  }
});

const study = (options: Record<string, string>): Study => ({
  ...studies.detail!,
  sets: [{ name: "some", source: "clipart", options }],
});

Deno.test("prepareSets() makes missing sets, once, and refuses a set with other options", () =>
  withFolder(async (root) => {
    const messages: string[] = [];
    const options = { data: root, say: (text: string) => void messages.push(text) };
    const fine = study({ levels: "detail", stories: "2" });
    assertEquals(await prepareSets(fine, options), ["some"]);
    assertEquals(messages, ["prepared some: 2 training, 4 validation and 4 test stories"]);
    const { manifest } = (await readManifest("some", root))!;
    assertEquals(manifest.options.levels, "detail");
    assertEquals(await prepareSets(study({ levels: "detail", stories: "3" }), options), []);
    assertEquals((await readManifest("some", root))!.manifest, manifest);
    await assertRejects(() => prepareSets(study({ levels: "relation" }), options), UserError, "--levels relation");
    const { sets: _, ...withoutSets } = fine;
    assertEquals(await prepareSets(withoutSets, options), []);
  }));
