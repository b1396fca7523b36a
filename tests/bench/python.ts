/**
 * The bench's Python: a virtual environment with the packages of `requirements.txt` here, or the program that
 * STORYLOOM_BENCH_PYTHON names.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fail } from "../../src/base/errors.ts";
import { projectRoot } from "../../src/base/files.ts";

/** Environment variable with the path of a Python that has PyTorch, used instead of the bench's own. */
export const pythonVariable = "STORYLOOM_BENCH_PYTHON";

/** The folder of PyTorch's side. */
export const torchFolder: string = join(projectRoot, "tests", "bench", "torch");

const environment = join(projectRoot, ".engine", "bench");
const program = Deno.build.os === "windows" ? join("Scripts", "python.exe") : join("bin", "python");

/**
 * The Python that has PyTorch; undefined where none is installed.
 *
 * @throws UserError when the variable names a program that does not exist.
 */
export function findPython(): string | undefined {
  const given = Deno.env.get(pythonVariable);
  if (given && !existsSync(given)) {
    fail(`${pythonVariable} names "${given}", which does not exist: correct or unset it.`);
  }
  const own = join(environment, program);
  return given || (existsSync(own) ? own : undefined);
}

/**
 * Installs the bench's own environment in `.engine/bench` of the project; shows the output of pip.
 *
 * @throws UserError when there is no Python, or pip fails.
 */
export async function setUpPython(): Promise<string> {
  await run("python3", ["-m", "venv", environment]);
  const python = join(environment, program);
  await run(python, ["-m", "pip", "install", "--requirement", join(projectRoot, "tests", "bench", "requirements.txt")]);
  return python;
}

async function run(command: string, args: string[]): Promise<void> {
  try {
    const { success, code } = await new Deno.Command(command, { args, stdin: "null" }).spawn().status;
    if (!success) fail(`"${command} ${args.join(" ")}" ended with exit code ${code}.`);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) fail(`There is no ${command} on the PATH, which PyTorch needs.`, error);
    throw error;
  }
}

/**
 * Runs a script of {@link torchFolder}; returns what it prints.
 *
 * @param what it does, for the message
 * @throws UserError with the last line of its errors when it fails.
 */
export async function runScript(python: string, script: string, args: string[], what: string): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(python, {
    args: [join(torchFolder, script), ...args],
    stdin: "null",
  }).output();
  if (!success) fail(`${what} failed: ${new TextDecoder().decode(stderr).trim().split("\n").at(-1)}`);
  return new TextDecoder().decode(stdout);
}
