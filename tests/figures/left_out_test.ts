import { assertEquals } from "@std/assert";
import { leftInWords, leftOut } from "../../src/figures/left_out.ts";
import { figureByName } from "../../src/figures/mod.ts";
import { dotted } from "../../src/figures/charts/chart.ts";
import type { RunRecord } from "../../src/records/read.ts";
import { input, runOf } from "./fixture.ts";

const fid = "fid[inception-nsfwjs].test";
const set = (name: string, digest = `digest of ${name}`) => ({ name, digest });
const unfinished = (run: RunRecord) => ({ ...run, status: { ...run.status, state: "interrupted" as const } });

/** A run of clipart and one of a set of one's own, and runs that a figure cannot show. */
const runs = [
  runOf({ number: 1, measured: { [fid]: 4 } }),
  runOf({ number: 2, measured: { [fid]: 5 }, data: set("comics") }),
  runOf({ number: 3, measured: { [fid]: 6 }, data: set("comics"), set: ["model.db.tau=1"] }),
  unfinished(runOf({ number: 4, data: set("comics") })),
  runOf({ number: 5, set: ["model.db.g=sa"], measured: { [fid]: 6 } }), // modes that are in no row
  { ...runOf({ number: 6 }), kind: "damsm" as const },
];
const made = async (name: string, of = runs) => await figureByName(name).make(input(of));
const left = async (name: string, of = runs) =>
  (await made(name, of)).left!.map(({ run, reason }) => `${run.name.slice(0, 4)} ${reason}`);

Deno.test("a set of one's own has its curves and columns beside clipart, labelled by set", async () => {
  const curves = await made("training-curves");
  assertEquals(curves.csv.includes("comics:digest o"), true);
  const panels = JSON.stringify(curves.spec);
  for (const label of ['["clipart:","loss of the generator"]', '["comics:","loss of the generator"]']) {
    assertEquals(panels.includes(label), true, label);
  }
  for (const name of ["table-1", "table-2"]) {
    const groups = (await made(name)).table!.columns.map(({ group }) => group ?? "");
    assertEquals(groups.some((group) => group.startsWith("comics, ")), true, name);
  }
  for (const name of ["ablation", "fid-parameters", "fid-cost"]) {
    assertEquals(JSON.stringify((await made(name)).spec).includes("measured, comics:"), true, name);
  }
});

Deno.test("a single data set needs no label on each panel", async () => {
  const { spec } = await made("training-curves", [runs[1]!]);
  assertEquals(JSON.stringify(spec).includes('"comics:"'), false);
});

Deno.test("two sets of one name, such as one that was prepared again, are told apart by their digests", async () => {
  const { table } = await made("table-1", [
    runOf({ number: 1, measured: { [fid]: 4 }, data: set("comics", "1111111122") }),
    runOf({ number: 2, measured: { [fid]: 5 }, data: set("comics", "3333333344") }),
  ]);
  const groups = table!.columns.flatMap(({ group }) => group?.startsWith("comics") ? [group.split(",")[0]] : []);
  assertEquals(groups, ["comics 11111111", "comics 33333333"]);
});

Deno.test("every run of a model that a figure leaves out has a reason", async () => {
  const common = ["0003 other settings", "0004 not finished"];
  assertEquals(await left("training-curves"), [...common, "0005 in no row of Table 2"]);
  assertEquals(await left("table-2"), [...common, "0005 in no row of Table 2"]);
  assertEquals(await left("table-1"), [...common, "0005 not the full model"]);
  assertEquals(await left("fid-parameters"), ["0004 not finished", "0005 in no row of Table 2"]);
  const bare = runOf({ number: 7, data: set("bare") });
  assertEquals(await left("ablation", [runs[0]!, bare]), ["0007 not measured on test"]);
  assertEquals(await left("fid-cost", [runs[0]!, bare]), ["0007 without a fid on test"]);
  const again = [runs[0]!, runOf({ number: 8, measured: { [fid]: 4 } })];
  assertEquals(await left("table-1", again), ["0001 another run of the same row and seed is shown"]);
});

Deno.test("a set whose runs were measured by different protocols does not hide the others", async () => {
  const mixed = [
    runs[0]!,
    runOf({ number: 2, measured: { [fid]: 5 }, data: set("comics") }),
    runOf({ number: 3, seed: 2, measured: { "fid[other].test": 5 }, data: set("comics") }),
  ];
  const { table } = await made("table-2", mixed);
  assertEquals(table!.columns.some(({ group }) => group === `clipart, ${fid} ↓`), true);
  assertEquals(table!.notes.some((note) => note.startsWith("fid is left out, for the runs were measured by")), true);
  assertEquals(await left("ablation", mixed), [
    "0002 measured by another protocol than the rest of its set",
    "0003 measured by another protocol than the rest of its set",
  ]);
});

Deno.test("leftInWords() groups by reason, and counts those beyond `most`", () => {
  const some = leftOut([1, 2, 3].map((number) => runOf({ number })), [], () => "other settings");
  assertEquals(leftInWords([...some, ...leftOut([unfinished(runOf({ number: 4 }))], [], () => "")]), [
    "other settings: 0001-made-up, 0002-made-up, 0003-made-up",
    "not finished: 0004-made-up",
  ]);
  assertEquals(leftInWords(some, ({ name }) => name, 2), ["other settings: 0001-made-up and 2 more"]);
});

Deno.test("a curve of a single point has a dot, and longer ones have none", async () => {
  assertEquals([dotted(["a", "a", "b"]), dotted(["a", "a"])], [{ point: true }, {}]);
  const short = { ...runs[0]!, lines: [{ step: 1, "loss.g": 2 }] };
  const marks = JSON.stringify((await made("training-curves", [short])).spec).match(/"mark":\{[^}]*\}/g)!;
  assertEquals(marks.map((mark) => mark.includes('"point":true')), [true, true]);
  const curve = { 10: { "object-f1[classifier:01234567].val": 40 } };
  const { spec } = await made("learning-curve", [runOf({ number: 1, curve })]);
  assertEquals(JSON.stringify(spec).includes('"point":true'), true);
});
