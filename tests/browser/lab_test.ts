/**
 * Notebooks in JupyterLab, in Chromium without a window: plots, pictures, and the stop button. Part of
 * `deno task test:browser`; screenshots of the last run are in .engine/screenshots.
 */
import { assert, assertEquals } from "@std/assert";
import { join } from "node:path";
import { projectRoot, readJson } from "../../src/base/files.ts";
import { readStatus } from "../../src/records/status.ts";
import { listRuns } from "../../src/records/folder.ts";
import { findChromium, type Lab, openLab } from "./lab.ts";

const ignore = findChromium() === undefined;
if (ignore) console.error("no Chromium on the PATH, JupyterLab is not tested: apt-get install chromium");

/** Enough steps to press stop before the end on any machine; the notebook then continues to the end. */
const steps = 300;

/** Calls `work` with a lab on copies of the stored notebooks and with its own folder of runs. */
async function withLab(work: (lab: Lab, runs: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ dir: projectRoot, prefix: "notebooks-", suffix: ".tmp" }); // beside src, which they import
  const home = await Deno.makeTempDir();
  const runs = `${home}/runs`;
  try {
    for (const name of ["03_model", "04_training"]) {
      await Deno.copyFile(join(projectRoot, `notebooks/${name}.ipynb`), join(folder, `${name}.ipynb`));
    }
    const lab = await openLab(folder, {
      STORYLOOM_QUICK: "1",
      STORYLOOM_RUNS: runs,
      STORYLOOM_PARAMETERS: JSON.stringify({ "train.steps": steps }),
    });
    await work(lab, runs).finally(lab.close);
  } finally {
    for (const path of [folder, home]) await Deno.remove(path, { recursive: true });
  }
}

/** Which code cell of a stored notebook, counted from 0, has this text. */
function codeCell(name: string, text: string): number {
  const { cells } = readJson<{ cells: { cell_type: string; source: string | string[] }[] }>(
    join(projectRoot, `notebooks/${name}.ipynb`),
  );
  return cells.filter(({ cell_type }) => cell_type === "code")
    .findIndex(({ source }) => [source].flat().join("").includes(text));
}

const screenshots = join(projectRoot, ".engine/screenshots");

Deno.test({
  name: "JupyterLab runs notebooks 03 and 04 with plots and grid, and stop ends training without the kernel or the run",
  ignore,
  // The browser library keeps its own timers and pipes.
  sanitizeOps: false,
  sanitizeResources: false,
  fn: () =>
    withLab(async (lab, runs) => {
      await Deno.mkdir(screenshots, { recursive: true });
      const model = await lab.open("03_model");
      await model.runAll();
      await model.finished();
      await model.screenshot(`${screenshots}/03-end.png`);
      assertEquals(await model.errors(), []);
      const shown = await model.pictures();
      assert(shown.plots >= 3, `03 shows ${shown.plots} plots`);
      assert(shown.images >= 1, `03 shows ${shown.images} pictures`);

      const training = await lab.open("04_training");
      const cell = codeCell("04_training", "startTraining(");
      await training.runAll();
      await training.shows(cell, new RegExp(`training: step ([2-9]|\\d\\d+) of ${steps}`));
      await training.scrollTo(cell);
      await training.screenshot(`${screenshots}/04-live.png`);
      await training.stop();
      const stopped = Number((await training.shows(cell, /interrupted at step \d+/)).split(" ").at(-1));
      assert(stopped > 0 && stopped < steps, `stopped at step ${stopped}`);
      await training.screenshot(`${screenshots}/04-stopped.png`);

      // The kernel survives: the next cell resumes the run, and the last ones find it finished.
      await training.finished();
      assertEquals(await training.errors(), []);
      await training.scrollTo(cell);
      await training.screenshot(`${screenshots}/04-end.png`);
      const after = await training.pictures();
      assert(after.plots >= 4 && after.images >= 2, `04 shows ${after.plots} plots and ${after.images} pictures`);
      const trained = listRuns(`${runs}/quick`).map(({ folder }) => readStatus(folder)).filter(({ kind }) =>
        kind === "gan"
      );
      assertEquals(trained.map(({ state, step }) => [state, step]), [["finished", steps]]);
    }),
});
