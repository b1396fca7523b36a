/**
 * `deno task setup`: installs what the kit needs, inside the project folder only. Running it again changes nothing; the
 * other tasks install a missing engine by themselves.
 */
import { fail } from "../../base/errors.ts";
import { projectRoot } from "../../base/files.ts";
import type { PluginName } from "../../engine/install.ts";
import { ensureEngine, ensureTensorflow } from "../common/engine.ts";
import { parseOptions, unknownOption } from "../common/options.ts";
import { runTask } from "../common/run_task.ts";

const usage = `Usage: deno task setup [options]

Checks Deno and the packages, and installs what the xla engine needs on this machine into .engine/: the plugin for CUDA
where there is an NVIDIA GPU (several GB), the plugin for CPUs elsewhere.

  --engine NAME  one engine, whatever hardware is found:
                 xla-cpu, cuda (CUDA 13) or cuda12: this plugin of the xla engine
                 tensorflow: TensorFlow for engine=tensorflow; compiles a binding, which needs g++
  --force        install again what is there

Example: deno task setup --engine xla-cpu`;

/** Before 2.9 a notebook's failed cells count as successful, and the native engine was never tried. */
const oldestDeno = [2, 9] as const;

/** What `--engine` takes for a plugin. */
const pluginOptions: Record<string, PluginName> = { "xla-cpu": "cpu", cuda: "cuda13", cuda12: "cuda12" };

async function setup(args: string[]): Promise<void> {
  const known = ["force", "engine"];
  const options = parseOptions(args, { boolean: ["force"], string: ["engine"], unknown: unknownOption(known) });
  const { force, engine } = options;
  const choices = [...Object.keys(pluginOptions), "tensorflow"];
  if (engine !== undefined && !choices.includes(engine)) {
    fail(`Option --engine takes ${choices.join(", ")}, not "${engine}".`);
  }
  checkDeno(Deno.version.deno);
  console.log(`Deno: ${Deno.version.deno}`);
  console.log(`packages: ${await installPackages()}`);
  if (engine === "tensorflow") {
    const { status, tensorflow } = await ensureTensorflow({ force });
    console.log(`tensorflow engine: ${line(tensorflow.version, status)}`);
  } else {
    const name = engine === undefined ? undefined : pluginOptions[engine];
    const installation = await ensureEngine(name ? "xla" : "auto", name ? { force, name } : { force });
    if (installation && "plugin" in installation) {
      console.log(`xla engine: ${line(installation.plugin.version, installation.status)}`);
    }
    if (installation?.status === "failed") Deno.exit(1);
  }
  console.log("Next: `deno task train` trains a model in minutes, `deno task doctor` shows what is there.");
}

const line = (version: string, status: "present" | "installed") =>
  `${version}, ${status === "present" ? "present already" : "installed"}`;

/** @throws UserError when this Deno is too old for the kit. */
export function checkDeno(version: string): void {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major > oldestDeno[0] || (major === oldestDeno[0] && minor >= oldestDeno[1])) return;
  fail(
    `This is Deno ${version}, and the kit needs ${oldestDeno.join(".")} or newer. Run npx -y deno@2.9.6 task setup.`,
  );
}

/** Installs all packages of deno.json in the versions of deno.lock; needs no network where they are there. */
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
