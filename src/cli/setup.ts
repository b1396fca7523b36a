/**
 * `deno task setup`: brings what the kit needs, inside the project folder only. Running it again changes nothing; the
 * other tasks run its engine step by themselves.
 */
import { parseArgs } from "@std/cli";
import { fail } from "../base/errors.ts";
import { projectRoot } from "../base/files.ts";
import { type Installation, type InstallOptions, installPlugin } from "../engine/install.ts";
import type { EngineName } from "../engine/mod.ts";
import { unknownOption } from "./options.ts";
import { progress } from "./progress.ts";
import { runTask } from "./run_task.ts";

const usage = `deno task setup [--force]

Checks Deno and the packages, and installs the xla engine's plugin into .engine/.
  --force  install the plugin again`;

/** Before 2.9 a notebook's failed cells count as successful, and the native engine was never tried. */
const oldestDeno = [2, 9] as const;

/** Megabytes of the plugin, for its progress. */
const pluginSize = 265;

/**
 * Makes an engine ready that a task is about to use; says in a line what was installed, or why not.
 *
 * @throws UserError when `xla` itself was asked for and cannot be had.
 */
export async function ensureEngine(
  engine: EngineName,
  options: InstallOptions = {},
): Promise<Installation | undefined> {
  if (engine === "wasm" || engine === "cpu") return undefined;
  let shown: ReturnType<typeof progress> | undefined;
  const installation = await installPlugin({
    ...options,
    onProgress: (share) =>
      (shown ??= progress("Installing the xla engine", pluginSize, "MB")).update(share * pluginSize),
  }).finally(() => shown?.done());
  if ("reason" in installation) {
    if (engine === "xla") fail(`The xla engine cannot be had here. ${installation.reason}`);
    console.error(withoutPlugin(installation));
  }
  return installation;
}

function withoutPlugin({ status, reason }: Extract<Installation, { reason: string }>): string {
  const again = status === "failed" ? " Try again with: deno task setup." : "";
  return `xla engine: ${status}. ${reason} The wasm engine serves instead, many times slower.${again}`;
}

async function setup(args: string[]): Promise<void> {
  const { force } = parseArgs(args, { boolean: ["force"], unknown: unknownOption(["force"]) });
  checkDeno(Deno.version.deno);
  console.log(`Deno: ${Deno.version.deno}`);
  console.log(`packages: ${await installPackages()}`);
  const installation = await ensureEngine("auto", { force });
  if (installation && "plugin" in installation) {
    const { plugin: { version }, status } = installation;
    console.log(`xla engine: ${version}, ${status === "present" ? "present already" : "installed"}`);
  }
  if (installation?.status === "failed") Deno.exit(1);
  console.log("Next: `deno task train` trains a model in minutes, `deno task doctor` shows what is there.");
}

/** @throws UserError when this Deno is too old for the kit. */
export function checkDeno(version: string): void {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major > oldestDeno[0] || (major === oldestDeno[0] && minor >= oldestDeno[1])) return;
  fail(
    `This is Deno ${version}, and the kit needs ${oldestDeno.join(".")} or newer. Run npx -y deno@2.9.6 task setup.`,
  );
}

/** All packages that deno.json names, in the versions of deno.lock; without a network only what is missing fails. */
async function installPackages(): Promise<string> {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["install", "--quiet"],
    cwd: projectRoot,
    env: { NO_COLOR: "1" },
    stdin: "null",
  }).output();
  if (!success) {
    const lines = new TextDecoder().decode(stderr).trim().split("\n");
    fail(
      `The packages of deno.json could not be installed: ${lines.find((line) => line.includes("error")) ?? lines[0]}`,
    );
  }
  const { imports } = JSON.parse(await Deno.readTextFile(`${projectRoot}/deno.json`)) as { imports: object };
  return `${Object.keys(imports).length} of deno.json, as deno.lock pins them`;
}

if (import.meta.main) await runTask(setup, usage);
