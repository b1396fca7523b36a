/**
 * `deno task setup`: brings what the kit needs, inside the project folder only. Running it again changes nothing; the
 * other tasks run its engine step by themselves.
 */
import { parseArgs } from "@std/cli";
import { fail } from "../../base/errors.ts";
import { projectRoot } from "../../base/files.ts";
import {
  type Installation,
  type InstallOptions,
  installPlugin,
  installTensorflow,
  type PluginName,
  plugins,
  suitable,
  tensorflowSize,
} from "../../engine/install.ts";
import type { EngineName } from "../../engine/mod.ts";
import { unknownOption } from "../common/options.ts";
import { progress } from "../common/progress.ts";
import { runTask } from "../common/run_task.ts";

const usage = `deno task setup [--engine NAME] [--force]

Checks Deno and the packages, and installs what the xla engine needs on this machine into .engine/: the plugin for CPUs,
or where there is an NVIDIA GPU that for CUDA (several GB).
  --engine NAME  xla-cpu, cuda (CUDA 13) or cuda12: this plugin of the xla engine, whatever is found here
                 tensorflow: TensorFlow for engine=tensorflow; compiles a binding, which needs g++
  --force        install again what is there`;

/** Before 2.9 a notebook's failed cells count as successful, and the native engine was never tried. */
const oldestDeno = [2, 9] as const;

/** What `--engine` takes for a plugin. */
const pluginOptions: Record<string, PluginName> = { "xla-cpu": "cpu", cuda: "cuda13", cuda12: "cuda12" };

/**
 * Makes an engine ready that a task is about to use; says in a line what was installed, or why not. Where the plugin for
 * an NVIDIA GPU cannot be had, that for CPUs is brought.
 *
 * @throws UserError when `xla` or `tensorflow` itself was asked for and cannot be had.
 */
export async function ensureEngine(
  engine: EngineName,
  options: InstallOptions & { name?: PluginName } = {},
): Promise<Installation | undefined> {
  if (engine === "wasm" || engine === "cpu") return undefined;
  if (engine === "tensorflow") return void await ensureTensorflow(options);
  const name = options.name ?? suitable();
  const { requirements, bytes } = plugins[name];
  const installation = await withProgress(
    name === "cpu" ? "Installing the xla engine" : `Installing the xla engine for CUDA (${requirements})`,
    bytes,
    (onProgress) => installPlugin({ ...options, name, onProgress }),
  );
  if (!("reason" in installation)) return installation;
  if (name !== "cpu" && !options.name) {
    console.error(`xla engine for CUDA: ${installation.status}. ${installation.reason} The CPU serves instead.`);
    return await ensureEngine(engine, { ...options, name: "cpu" });
  }
  if (engine === "xla") fail(`The xla engine cannot be had here. ${installation.reason}`);
  console.error(withoutPlugin(installation));
  return installation;
}

function withoutPlugin({ status, reason }: Extract<Installation, { reason: string }>): string {
  const again = status === "failed" ? " Try again with: deno task setup." : "";
  return `xla engine: ${status}. ${reason} The wasm engine serves instead, many times slower.${again}`;
}

/** Brings TensorFlow; returns its version and whether it was there. */
async function ensureTensorflow(options: InstallOptions): Promise<string> {
  const installation = await withProgress(
    "Installing TensorFlow",
    tensorflowSize(),
    (onProgress) => installTensorflow({ ...options, onProgress }),
  );
  if ("reason" in installation) fail(`The tensorflow engine cannot be had here. ${installation.reason}`);
  return line(installation.tensorflow.version, installation.status);
}

/** Runs an installation with a bar of megabytes on the disk, which names their number before the first has come. */
async function withProgress<T>(
  label: string,
  bytes: number,
  install: (onProgress: (share: number) => void) => Promise<T>,
): Promise<T> {
  let shown: ReturnType<typeof progress> | undefined;
  const megabytes = Math.round(bytes / 1e6);
  const onProgress = (share: number) => (shown ??= progress(label, megabytes, "MB")).update(share * megabytes);
  return await install(onProgress).finally(() => shown?.done());
}

const line = (version: string, status: "present" | "installed") =>
  `${version}, ${status === "present" ? "present already" : "installed"}`;

async function setup(args: string[]): Promise<void> {
  const known = ["force", "engine"];
  const options = parseArgs(args, { boolean: ["force"], string: ["engine"], unknown: unknownOption(known) });
  const { force, engine } = options;
  const choices = [...Object.keys(pluginOptions), "tensorflow"];
  if (engine !== undefined && !choices.includes(engine)) {
    fail(`Option --engine takes ${choices.join(", ")}, not "${engine}".`);
  }
  checkDeno(Deno.version.deno);
  console.log(`Deno: ${Deno.version.deno}`);
  console.log(`packages: ${await installPackages()}`);
  if (engine === "tensorflow") console.log(`tensorflow engine: ${await ensureTensorflow({ force })}`);
  else {
    const name = engine === undefined ? undefined : pluginOptions[engine];
    const installation = await ensureEngine(name ? "xla" : "auto", name ? { force, name } : { force });
    if (installation && "plugin" in installation) {
      console.log(`xla engine: ${line(installation.plugin.version, installation.status)}`);
    }
    if (installation?.status === "failed") Deno.exit(1);
  }
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
