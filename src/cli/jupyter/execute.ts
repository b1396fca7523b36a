/** Executes a notebook by nbclient, in its own kernel. */
import { join } from "node:path";
import { fail } from "../../base/errors.ts";
import { projectRoot } from "../../base/files.ts";
import { parametersVariable } from "../notebook/parameters.ts";
import type { Jupyter } from "./environment.ts";

/** The outcome of a notebook; `name` and `message` of the error if a cell failed. */
export interface Outcome {
  /** Number of the last code cell that ran, counted from 1 as Jupyter does, and the number of code cells. */
  cell: number;
  cells: number;
  seconds: number;
  name?: string;
  message?: string;
}

/** Settings of {@link executeNotebook}. */
export interface Request {
  notebook: string;
  /** Working directory of its code. */
  folder: string;
  /** Seconds that one cell may take. */
  timeout: number;
  /** HTML file for the executed copy, and the Markdown at its top. */
  html?: string | undefined;
  heading?: string | undefined;
}

/**
 * Executes one notebook.
 *
 * @param values the values of `--set`
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
