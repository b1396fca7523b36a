/** Executes a notebook in a kernel of its own, by nbclient. */
import { join } from "node:path";
import { fail } from "../../base/errors.ts";
import { projectRoot } from "../../base/files.ts";
import { parametersVariable } from "../notebook/parameters.ts";
import type { Jupyter } from "./environment.ts";

/** How a notebook went; with a name where a cell failed. */
export interface Outcome {
  /** The code cell that ran last, counted from 1 as Jupyter does, and how many there are. */
  cell: number;
  cells: number;
  seconds: number;
  name?: string;
  message?: string;
}

/** What is to be executed. */
export interface Request {
  notebook: string;
  /** Where its code runs. */
  folder: string;
  /** Seconds that one cell may take. */
  timeout: number;
  /** Where the executed copy goes, and the Markdown at its top. */
  html?: string;
  heading?: string;
}

/**
 * Executes one notebook.
 *
 * @param values what `--set` gave
 * @throws UserError when Jupyter itself fails.
 */
export async function executeNotebook(
  jupyter: Jupyter,
  request: Request,
  values: Record<string, unknown>,
): Promise<Outcome> {
  const child = new Deno.Command(jupyter.python, {
    args: [join(projectRoot, "src/cli/jupyter/execute.py")],
    env: { ...jupyter.env, NO_COLOR: "1", [parametersVariable]: JSON.stringify(values) },
    ...{ stdin: "piped", stdout: "piped", stderr: "piped" },
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(JSON.stringify(request)));
  await writer.close();
  const { stdout, stderr } = await child.output();
  const line = new TextDecoder().decode(stdout).trim().split("\n").at(-1)!;
  if (line.startsWith("{")) return JSON.parse(line) as Outcome;
  const reason = new TextDecoder().decode(stderr).trim().split("\n").at(-1);
  fail(`Jupyter did not execute "${request.notebook}": ${reason}.`);
}
