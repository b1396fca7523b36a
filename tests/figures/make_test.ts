import { assert, assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { fail, UserError } from "../../src/base/errors.ts";
import { type Figure, missing } from "../../src/figures/figure.ts";
import { filesOf, makeFigures } from "../../src/figures/make.ts";
import { figureByName, figures } from "../../src/figures/mod.ts";
import { referenceRoot } from "../../src/records/read.ts";
import { runToEnd, withFolder } from "../runs/help.ts";
import { input, runOf } from "./fixture.ts";

const figure = (name: string, make: Figure["make"]): Figure => ({ name, title: name, sources: "nothing", make });
const dots = figure("dots", () =>
  Promise.resolve({
    csv: "x\n1\n",
    spec: {
      title: "Fréchet ↓ <τ>",
      data: { values: [{ x: 1 }, { x: 2 }] },
      mark: "point",
      width: 50,
      height: 40,
      encoding: { x: { field: "x", type: "quantitative" } },
    },
  }));
const lacking = figure("lacking", () => missing("there are no votes: run `deno task survey`."));
const mixed = figure("mixed", () => fail("two names cannot share a column."));

Deno.test("filesOf() renders a chart and a table as SVG and PNG, the same bytes each time", async () => {
  const table = {
    title: "A table",
    columns: [{ title: "row", align: "left" as const }, {
      title: "fid[n].test ↓",
      align: "right" as const,
      group: "g",
    }],
    rows: [["<one>", "1.25"], ["two", ""]],
    notes: ["A note."],
  };
  for (const output of [await dots.make(input([])), { csv: "", table }]) {
    const [once, again] = [await filesOf("f", output), await filesOf("f", output)];
    assertEquals(once, again);
    const png = once["f.png"] as Uint8Array;
    assertEquals([...png.subarray(1, 4)], [..."PNG"].map((letter) => letter.charCodeAt(0)));
    const [, width, height] = /<svg [^>]*width="(\d+)" height="(\d+)"/.exec(once["f.svg"] as string)!;
    const view = new DataView(png.buffer, png.byteOffset);
    assertEquals([view.getUint32(16), view.getUint32(20)], [2 * Number(width), 2 * Number(height)]);
  }
  assertEquals(Object.keys(await filesOf("f", { csv: "", table })), ["f.csv", "f.md", "f.tex", "f.svg", "f.png"]);
  assertStringIncludes((await filesOf("f", { csv: "", table }))["f.svg"] as string, "&lt;one&gt;");
});

Deno.test("makeFigures() skips figures that cannot be made, and returns the reason for each", () =>
  withFolder(async (out) => {
    Deno.writeTextFileSync(`${out}/lacking.csv`, "of before");
    const made = await makeFigures([lacking, mixed, dots], input([]), { out: `${out}`, skip: true });
    assertEquals(made, [
      { name: "lacking", skipped: "there are no votes: run `deno task survey`." },
      { name: "mixed", failed: "two names cannot share a column." },
      { name: "dots", files: ["dots.csv", "dots.vl.json", "dots.svg", "dots.png"], left: [] },
    ]);
    const files = [...Deno.readDirSync(out)].map(({ name }) => name).sort();
    assertEquals(files, ["dots.csv", "dots.png", "dots.svg", "dots.vl.json", "lacking.csv"]);
    assertEquals(Deno.readTextFileSync(`${out}/lacking.csv`), "of before");
  }));

Deno.test("makeFigures() throws where a figure cannot be made and is not to be skipped", () =>
  withFolder(async (out) => {
    const error = await assertRejects(() => makeFigures([lacking], input([]), { out, skip: false }), UserError);
    assertStringIncludes(error.message, 'The figure "lacking" cannot be made: there are no votes');
    Deno.writeTextFileSync(`${out}/file`, "");
    const { message } = await assertRejects(
      () => makeFigures([dots], input([]), { out: `${out}/file/sub`, skip: true }),
      UserError,
    );
    assertStringIncludes(message, "Cannot make the folder");
  }));

Deno.test("charts give the command to run where there are no runs, or none is measured", async () => {
  const unmeasured = [runOf({ number: 1 })];
  for (
    const [names, runs] of [
      [["table-1", "table-2", "ablation", "training-curves", "fid-parameters", "fid-cost"], []],
      [["ablation", "fid-parameters", "fid-cost"], unmeasured],
    ] as const
  ) {
    for (const name of names) {
      const error = await assertRejects(async () => await figureByName(name).make(input([...runs])), UserError);
      assertStringIncludes(error.message, "deno task ");
    }
  }
});

Deno.test("figureByName() gives the nearest name; names are unique", () => {
  const error = assertThrows(() => figureByName("tabel-2"), UserError);
  assertStringIncludes(error.message, 'the nearest name is "table-2"');
  assertEquals(new Set(figures.map(({ name }) => name)).size, figures.length);
});

Deno.test("deno task figures refuses unknown names and folders without runs, and makes figures from the given runs", () =>
  withFolder(async (root) => {
    for (
      const [args, text] of [
        [["tabel-2"], 'nearest name is "table-2"'],
        [["--runs", `${root}/gone`], `There are no runs in "${root}/gone"`],
        [["--runs", `${root}/empty`], "deno task train"],
        [["--output", root], "--out"],
        [["--only"], "deno task figures --only --runs runs"],
      ] as const
    ) {
      const { code, err } = await runToEnd("figures", [...args], root);
      assertEquals(code, 1, err);
      assert(/^error: [^\n]+\n$/.test(err), err);
      assertStringIncludes(err, text);
    }
    const own = `${root}/own/0001-mine`;
    Deno.mkdirSync(own, { recursive: true });
    const record = `${referenceRoot}/0026-ours-tiny-clipart`;
    for (const { name, isFile } of Deno.readDirSync(record)) {
      if (isFile) Deno.copyFileSync(`${record}/${name}`, `${own}/${name}`);
    }
    const args = ["training-curves", "--runs", `${root}/own`, "--only", "--out", `${root}/new`];
    const { code, out } = await runToEnd("figures", args, root);
    assertEquals(code, 0);
    assertStringIncludes(out, "1 of 1 figure from 1 run, in ");
    assertEquals([...Deno.readDirSync(`${root}/new`)].length, 4);
    assertStringIncludes(Deno.readTextFileSync(`${root}/new/training-curves.csv`), ",0001-mine,");
  }));
