/** The committed figures agree with the committed records. */
import { assertEquals } from "@std/assert";
import { projectRoot } from "../../src/base/files.ts";
import { textFilesOf } from "../../src/figures/make.ts";
import { figures } from "../../src/figures/mod.ts";
import { readPaper } from "../../src/figures/paper.ts";
import { readRuns, referenceRoot } from "../../src/records/read.ts";

Deno.test("figures/ is what deno task figures makes of runs/reference", async () => {
  const input = { runs: readRuns([referenceRoot]), paper: readPaper() };
  for (const { name, make } of figures) {
    const files = textFilesOf(name, await make(input));
    for (const [file, text] of Object.entries(files)) {
      assertEquals(Deno.readTextFileSync(`${projectRoot}/figures/${file}`), text, `run deno task figures: ${file}`);
    }
  }
});
