/**
 * `deno task doctor [--json]`: what is installed on this machine, which engine `auto` selects, and the command that
 * installs each missing thing. A failed check does not stop the others.
 */
import { existsSync, readdirSync, statfsSync } from "node:fs";
import { projectRoot } from "../../base/files.ts";
import { counted } from "../../base/text.ts";
import { findSource, sourceNames } from "../../data/mod.ts";
import { preparedFolder, readManifest } from "../../data/store/manifest.ts";
import { findGpu, findPlugin, findTensorflow, pluginVariable, unsupported } from "../../engine/install.ts";
import { type EngineInfo, type EngineName, useEngine } from "../../engine/mod.ts";
import { findWeights, weightsFiles } from "../../model/pretrained/published/files.ts";
import { dataRoot, listRuns, runsRoot } from "../../records/folder.ts";
import { readStatus } from "../../records/status.ts";
import { hasJupyter } from "../jupyter/environment.ts";
import { parseOptions, unknownOption } from "../common/options.ts";
import { runTask } from "../common/run_task.ts";
import { table } from "../common/table.ts";

const usage = `Usage: deno task doctor [options]

Shows Deno, engines, devices, data sets, trained and published weights, JupyterLab and free disk space, with the command
that installs what is missing.

  --json  print the same as JSON

Example: deno task doctor`;

/** One row: `command` is the command that installs what is missing. */
export interface Finding {
  what: string;
  ok: boolean;
  found: string;
  command?: string;
}

export interface Diagnosis {
  findings: Finding[];
  /** The engine that `auto` selects; absent when none starts. */
  engine?: EngineInfo;
}

/** Bytes that are more than enough for a run with a tiny model and its data. */
const comfortable = 2e9;

/** Runs all checks. */
export async function diagnose(): Promise<Diagnosis> {
  const engines = [];
  for (const name of ["xla", "tensorflow", "wasm", "cpu"] as const) engines.push(await tryEngine(name));
  const auto = await tryEngine("auto"); // last: it stays the engine in use
  const findings = [
    { what: "Deno", ok: true, found: `${Deno.version.deno} (${Deno.build.target})` },
    ...engines.map((engine) => engine.finding),
    gpu(),
    selected(auto),
    ...await Promise.all(dataSets(dataRoot()).map((name) => dataSet(name, dataRoot()))),
    ...checkpoints(runsRoot()),
    published(dataRoot()),
    jupyter(),
    diskSpace(),
  ];
  return { findings, ...(auto.info ? { engine: auto.info } : {}) };
}

async function tryEngine(name: EngineName): Promise<{ finding: Finding; info?: EngineInfo }> {
  const what = `engine ${name}`;
  try {
    if (name === "xla" && !findPlugin()) {
      const never = unsupported();
      const finding = { what, ok: false, found: never ?? "plugin not installed" };
      return { finding: never ? finding : { ...finding, command: "deno task setup" } };
    }
    if (name === "tensorflow" && !findTensorflow()) {
      return { finding: { what, ok: false, found: "not installed", command: "deno task setup --engine tensorflow" } };
    }
    const info = await useEngine(name);
    return { finding: { what, ok: true, found: info.version }, info };
  } catch (error) {
    const found = `does not start: ${(error as Error).message}`;
    const again = name === "tensorflow" ? "deno task setup --engine tensorflow --force" : "deno task setup --force";
    const command = name !== "tensorflow" && Deno.env.get(pluginVariable) ? `unset ${pluginVariable}` : again;
    return { finding: { what, ok: false, found, command } };
  }
}

/** The NVIDIA GPU, and whether the xla engine's plugin for it is installed; a GPU is optional. */
function gpu(): Finding {
  const [what, found] = ["GPU", findGpu()];
  if (!found) return { what, ok: false, found: "no NVIDIA GPU with a driver for CUDA 12 or 13" };
  const driver = `NVIDIA, driver ${found.driver}`;
  if (findPlugin()?.kind === "cuda") return { what, ok: true, found: driver };
  return { what, ok: false, found: `${driver}; CUDA plugin not installed`, command: "deno task setup" };
}

function selected({ finding, info }: Awaited<ReturnType<typeof tryEngine>>): Finding {
  if (!info) return { ...finding, what: "engine=auto" };
  const threads = counted(info.threads, "thread");
  return { what: "engine=auto", ok: true, found: `selects ${info.name}\n${deviceList(info.devices)}, ${threads}` };
}

/** The first two devices: the CPU plugin lists several virtual ones with the same name. */
function deviceList(devices: string[]): string {
  const shown = devices.slice(0, 2).join(", ");
  return devices.length > 2 ? `${devices.length} devices: ${shown}, …` : shown;
}

/** Sets that the kit can prepare, and those that were prepared under other names. */
function dataSets(root: string): string[] {
  const folders = existsSync(root) ? readdirSync(root) : [];
  const prepared = folders.filter((name) => existsSync(preparedFolder(name, root)));
  return [...new Set([...sourceNames().filter((name) => name !== "folder"), ...prepared.sort()])];
}

async function dataSet(name: string, root: string): Promise<Finding> {
  const what = `data ${name}`;
  const from = !sourceNames().includes(name) || (await findSource(name)).from;
  const command = `deno task prepare ${name}${from ? " --from PATH" : ""}`;
  try {
    const prepared = await readManifest(name, root);
    if (!prepared) return { what, ok: false, found: "not prepared", command };
    const { train, val, test } = prepared.manifest.stories;
    return { what, ok: true, found: `${train}/${val}/${test} stories (train/val/test)` };
  } catch (error) {
    return { what, ok: false, found: (error as Error).message, command };
  }
}

/** Trained text encoders and models among the runs. */
function checkpoints(root: string): Finding[] {
  const runs = listRuns(root).flatMap(({ name, folder }) => {
    try {
      const { kind, state, step, steps } = readStatus(folder);
      const progress = state === "finished" ? "" : ` (${state} at step ${step} of ${steps})`;
      return hasCheckpoint(folder) ? [{ kind, line: name + progress }] : [];
    } catch {
      return []; // a folder that was copied only in part
    }
  });
  const row = (what: string, kind: "damsm" | "gan"): Finding => {
    const found = runs.filter((run) => run.kind === kind).map((run) => run.line);
    if (found.length === 0) return { what, ok: false, found: "none", command: "deno task train" };
    const more = found.length > 3 ? [`and ${found.length - 3} more`] : [];
    return { what, ok: true, found: [...found.slice(-3), ...more].join("\n") };
  };
  return [row("text encoders", "damsm"), row("models", "gan")];
}

function hasCheckpoint(folder: string): boolean {
  return readdirSync(`${folder}/checkpoints`).some((name) => name.endsWith(".safetensors"));
}

/** Published weights of feature networks; evaluation uses substitutes where they are missing. */
function published(root: string): Finding {
  const names = Object.keys(weightsFiles);
  const there = names.filter((name) => findWeights(name, root));
  const finding = { what: "published weights", ok: there.length > 0, found: there.join("\n") || "none" };
  return there.length === names.length ? finding : { ...finding, command: "deno task fetch weights" };
}

function jupyter(): Finding {
  const what = "JupyterLab";
  if (hasJupyter()) return { what, ok: true, found: "in .engine/jupyter" };
  return { what, ok: false, found: "not installed", command: "deno task jupyter" };
}

function diskSpace(): Finding {
  const { bavail, bsize } = statfsSync(projectRoot);
  const free = bavail * bsize;
  const found = `${(free / 1e9).toFixed(1)} GB free`;
  return { what: "disk", ok: free > comfortable, found: free > comfortable ? found : `${found}: little for a run` };
}

async function doctor(args: string[]): Promise<void> {
  const { json } = parseOptions(args, { boolean: ["json"], unknown: unknownOption(["json"]) });
  const diagnosis = await diagnose();
  if (json) return console.log(JSON.stringify(diagnosis, null, 2));
  const rows = diagnosis.findings.map((
    { what, ok, found, command },
  ) => [what, ok ? "yes" : "no", found, command ?? ""]);
  console.log(table(["what", "present", "found", "command"], rows));
}

if (import.meta.main) await runTask(doctor, usage);
