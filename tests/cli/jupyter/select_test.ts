import { assertEquals, assertThrows } from "@std/assert";
import { UserError } from "../../../src/base/errors.ts";
import { cleanNotebook } from "../../../src/cli/jupyter/clean.ts";
import { chooseNotebooks, readValues } from "../../../src/cli/jupyter/select.ts";

const names = ["01_data", "04_training", "08_your_data"];

Deno.test("chooseNotebooks() accepts names, numbers and paths, and keeps the notebooks' order", () => {
  assertEquals(chooseNotebooks([], names), names);
  assertEquals(chooseNotebooks(["8", "notebooks/01_data.ipynb", "01_data"], names), ["01_data", "08_your_data"]);
});

Deno.test("chooseNotebooks() names the nearest notebook for an unknown name", () => {
  assertThrows(
    () => chooseNotebooks(["trainin"], names),
    UserError,
    'no notebook "trainin"; the nearest is 04_training',
  );
  assertThrows(() => chooseNotebooks(["9"], names), UserError, 'no notebook "9"');
});

Deno.test("readValues() parses JSON where possible and keeps text otherwise", () => {
  const set = ["train.steps=50", "model.db.g=sa", "model.db.gSizes=[8]", "title=a=b"];
  assertEquals(readValues(set), {
    "train.steps": 50,
    "model.db.g": "sa",
    "model.db.gSizes": [8],
    title: "a=b",
  });
  assertThrows(() => readValues(["steps"]), UserError, "--set key=value");
});

Deno.test("cleanNotebook() keeps only sources, and does not change a clean notebook", () => {
  const cells = [
    { cell_type: "markdown", id: "a", metadata: {}, source: ["# Title"] },
    {
      ...{ cell_type: "code", id: "b", metadata: { scrolled: true }, source: ["1 + 1;"] },
      ...{ execution_count: 3, outputs: [{ output_type: "stream", name: "stdout", text: ["2"] }] },
    },
  ];
  const metadata = { kernelspec: { name: "other" }, widgets: {} };
  const cleaned = cleanNotebook(JSON.stringify({ cells, metadata, nbformat: 4, nbformat_minor: 5 }));
  const notebook = JSON.parse(cleaned);
  assertEquals(notebook.cells[1].outputs, []);
  assertEquals(notebook.cells[1].execution_count, null);
  assertEquals(notebook.cells.map((cell: { metadata: object }) => cell.metadata), [{}, {}]);
  assertEquals(notebook.cells[1].source, ["1 + 1;"]);
  assertEquals(Object.keys(notebook.metadata), ["kernelspec", "language_info"]);
  assertEquals(notebook.metadata.kernelspec.name, "storyloom");
  assertEquals(cleanNotebook(cleaned), cleaned);
});
