/** `deno task jupyter [OPTION …]`: sets up JupyterLab and opens it on the notebooks; options go to `jupyter lab`. */
import { join } from "node:path";
import { projectRoot } from "../../base/files.ts";
import { ensureJupyter } from "./environment.ts";
import { runTask } from "../common/run_task.ts";
import { ensureEngine } from "../machine/setup.ts";

const usage = `Usage: deno task jupyter [options of jupyter lab]

Installs JupyterLab into .engine/jupyter, once, and opens it on notebooks/. For example:
  deno task jupyter --no-browser --port 9000`;

async function main(args: string[]): Promise<void> {
  await ensureEngine("auto");
  const { python, env } = await ensureJupyter(console.error);
  const lab = new Deno.Command(python, {
    args: ["-m", "jupyterlab", `--notebook-dir=${join(projectRoot, "notebooks")}`, ...args],
    cwd: projectRoot,
    env,
  }).spawn();
  // The terminal hands Ctrl-C to both; the lab asks what is to be done and says when it is over.
  if (Deno.build.os !== "windows") Deno.addSignalListener("SIGTERM", () => lab.kill("SIGTERM"));
  Deno.addSignalListener("SIGINT", () => {});
  Deno.exit((await lab.status).code);
}

if (import.meta.main) await runTask(main, usage);
