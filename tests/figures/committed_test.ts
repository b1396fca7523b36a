/** The committed figures agree with the committed records. */
import { assertEquals } from "@std/assert";
import { projectRoot } from "../../src/base/files.ts";
import { textFilesOf } from "../../src/figures/make.ts";
import { figures } from "../../src/figures/mod.ts";
import { MissingData } from "../../src/figures/figure.ts";
import { readPaper } from "../../src/figures/paper.ts";
import { readRuns, referenceRoot } from "../../src/records/read.ts";

Deno.test("figures/ is what deno task figures makes of runs/reference", async () => {
  const input = { runs: readRuns([referenceRoot]), paper: readPaper() };
  const committed = [...Deno.readDirSync(`${projectRoot}/figures`)].map(({ name }) => name);
  for (const { name, make } of figures) {
    const output = await (async () => await make(input))().catch((error) => {
      if (!(error instanceof MissingData)) throw error;
    });
    if (output === undefined) {
      assertEquals(committed.filter((file) => file.startsWith(`${name}.`)), [], "made of records that are gone");
      continue;
    }
    const files = textFilesOf(name, output);
    for (const [file, text] of Object.entries(files)) {
      assertEquals(Deno.readTextFileSync(`${projectRoot}/figures/${file}`), text, `run deno task figures: ${file}`);
    }
  }
});
