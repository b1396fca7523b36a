/** The stored notebooks. `deno task notebooks` tests that they run. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "node:path";
import { projectRoot } from "../src/base/files.ts";
import { cleanNotebook, formatted } from "../src/cli/jupyter/clean.ts";
import { notebookNames } from "../src/cli/jupyter/select.ts";

interface Notebook {
  cells: { cell_type: string; source: string | string[] }[];
}

const names = notebookNames();

Deno.test("notebooks are stored without outputs; deno task notebooks --clean removes them", () => {
  assert(names.length > 0, "there are no notebooks");
  for (const name of names) {
    const text = Deno.readTextFileSync(join(projectRoot, `notebooks/${name}.ipynb`));
    assertEquals(JSON.parse(text), JSON.parse(cleanNotebook(text)), `${name}: run deno task notebooks --clean`);
  }
});

// `deno fmt --check` of Deno 2.9 reports every notebook as unformatted, so deno.json excludes them.
Deno.test("notebooks are formatted by deno fmt", async () => {
  for (const name of names) {
    const text = Deno.readTextFileSync(join(projectRoot, `notebooks/${name}.ipynb`));
    assertEquals(await formatted(text, "ipynb"), text, `${name}: run deno task notebooks --clean`);
  }
});

Deno.test("notebooks are numbered in reading order, and each ends its code with assertions on values", () => {
  assertEquals(names.map((name) => Number(name.split("_")[0])), names.map((_, i) => i + 1));
  for (const name of names) {
    const { cells } = JSON.parse(Deno.readTextFileSync(join(projectRoot, `notebooks/${name}.ipynb`))) as Notebook;
    const last = cells.filter(({ cell_type }) => cell_type === "code").at(-1)!;
    assertMatch([last.source].flat().join(""), /\bassert(Equals|AlmostEquals|Less\w*|Greater\w*)?\(/, name);
  }
});
