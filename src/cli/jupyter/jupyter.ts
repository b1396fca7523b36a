/** `deno task jupyter [options]`: installs JupyterLab and opens it on the notebooks; options are passed to `jupyter lab`. */
import { join } from "node:path";
import { projectRoot } from "../../base/files.ts";
import { ensureEngine } from "../common/engine.ts";
import { runTask } from "../common/run_task.ts";
import { ensureJupyter } from "./environment.ts";

const usage = `Usage: deno task jupyter [options of jupyter lab]

Installs JupyterLab into .engine/jupyter unless it is there, and opens it on notebooks/.

Example: deno task jupyter --no-browser --port 9000`;

async function main(args: string[]): Promise<void> {
  await ensureEngine("auto");
  const { python, env } = await ensureJupyter(console.error);
  const lab = new Deno.Command(python, {
    args: ["-m", "jupyterlab", `--notebook-dir=${join(projectRoot, "notebooks")}`, ...args],
    env,
  }).spawn();
  // The terminal sends Ctrl-C to both processes; the lab asks whether to stop, so this one ignores it and waits.
  if (Deno.build.os !== "windows") Deno.addSignalListener("SIGTERM", () => lab.kill("SIGTERM"));
  Deno.addSignalListener("SIGINT", () => {});
  Deno.exit((await lab.status).code);
}

if (import.meta.main) await runTask(main, usage);
