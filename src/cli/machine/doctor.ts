/**
 * `deno task doctor [--json]`: what this machine has, which engine `auto` takes, and for each thing missing the command
 * that brings it. Nothing it finds missing stops it.
 */
import { parseArgs } from "@std/cli";
import { existsSync, readdirSync, statfsSync } from "node:fs";
import { projectRoot } from "../../base/files.ts";
import { findSource, sourceNames } from "../../data/mod.ts";
import { preparedFolder, readManifest } from "../../data/store/manifest.ts";
import { findGpu, findPlugin, findTensorflow, pluginVariable, unsupported } from "../../engine/install.ts";
import { type EngineInfo, type EngineName, useEngine } from "../../engine/mod.ts";
import { findWeights, weightsFiles } from "../../model/pretrained/published/files.ts";
import { dataRoot, listRuns, runsRoot } from "../../records/folder.ts";
import { readStatus } from "../../records/status.ts";
import { hasJupyter } from "../jupyter/environment.ts";
import { unknownOption } from "../common/options.ts";
import { runTask } from "../common/run_task.ts";
import { table } from "../common/table.ts";

const usage = `deno task doctor [--json]

Shows Deno, engines, devices, data sets, trained and published weights, JupyterLab and free disk space.`;

/** One row: `bring` is the command that brings what is missing. */
export interface Finding {
  what: string;
  ok: boolean;
  found: string;
  bring?: string;
}

export interface Diagnosis {
  findings: Finding[];
  /** The engine that `auto` chooses; absent when none starts. */
  engine?: EngineInfo;
}

/** A run with a tiny model and its data fit into this many bytes with room to spare. */
const comfortable = 2e9;

/** Looks at everything once. */
export async function diagnose(): Promise<Diagnosis> {
  const engines = [];
  for (const name of ["xla", "tensorflow", "wasm", "cpu"] as const) engines.push(await tryEngine(name));
  const auto = await tryEngine("auto"); // last, so that it is also the one left running
  const findings = [
    { what: "Deno", ok: true, found: `${Deno.version.deno} (${Deno.build.target})` },
    ...engines.map((engine) => engine.finding),
    gpu(),
    chosen(auto),
    ...await Promise.all(dataSets(dataRoot()).map((name) => dataSet(name, dataRoot()))),
    ...checkpoints(runsRoot()),
    published(dataRoot()),
    jupyter(),
    diskSpace(),
  ];
  return { findings, engine: auto.info };
}

async function tryEngine(name: EngineName): Promise<{ finding: Finding; info?: EngineInfo }> {
  const what = `engine ${name}`;
  try {
    if (name === "xla" && !findPlugin()) {
      const never = unsupported();
      const finding = { what, ok: false, found: never ?? "plugin not installed" };
      return { finding: never ? finding : { ...finding, bring: "deno task setup" } };
    }
    if (name === "tensorflow" && !findTensorflow()) {
      return { finding: { what, ok: false, found: "not installed", bring: "deno task setup --engine tensorflow" } };
    }
    const info = await useEngine(name);
    return { finding: { what, ok: true, found: info.version }, info };
  } catch (error) {
    const found = `does not start: ${(error as Error).message}`;
    const again = name === "tensorflow" ? "deno task setup --engine tensorflow --force" : "deno task setup --force";
    const bring = name !== "tensorflow" && Deno.env.get(pluginVariable) ? `unset ${pluginVariable}` : again;
    return { finding: { what, ok: false, found, bring } };
  }
}

/** The NVIDIA GPU, and whether the xla engine's plugin for it is there; a machine without one lacks nothing. */
function gpu(): Finding {
  const [what, found] = ["GPU", findGpu()];
  if (!found) return { what, ok: false, found: "no NVIDIA GPU with a driver for CUDA 12 or 13" };
  const driver = `NVIDIA, driver ${found.driver}`;
  if (findPlugin()?.kind === "cuda") return { what, ok: true, found: driver };
  return { what, ok: false, found: `${driver}; CUDA plugin not installed`, bring: "deno task setup" };
}

function chosen({ finding, info }: Awaited<ReturnType<typeof tryEngine>>): Finding {
  if (!info) return { ...finding, what: "engine=auto" };
  const threads = `${info.threads} thread${info.threads === 1 ? "" : "s"}`;
  return { what: "engine=auto", ok: true, found: `takes ${info.name}\n${deviceList(info.devices)}, ${threads}` };
}

/** The CPU plugin shows several virtual devices of one name. */
function deviceList(devices: string[]): string {
  const shown = devices.slice(0, 2).join(", ");
  return devices.length > 2 ? `${devices.length} devices: ${shown}, …` : shown;
}

/** Sets that the kit can prepare, and those that were prepared under names of their own. */
function dataSets(root: string): string[] {
  const folders = existsSync(root) ? readdirSync(root) : [];
  const prepared = folders.filter((name) => existsSync(preparedFolder(name, root)));
  return [...new Set([...sourceNames().filter((name) => name !== "folder"), ...prepared.sort()])];
}

async function dataSet(name: string, root: string): Promise<Finding> {
  const what = `data ${name}`;
  const from = !sourceNames().includes(name) || (await findSource(name)).from;
  const bring = `deno task prepare ${name}${from ? " --from PATH" : ""}`;
  try {
    const prepared = await readManifest(name, root);
    if (!prepared) return { what, ok: false, found: "not prepared", bring };
    const { train, val, test } = prepared.manifest.stories;
    return { what, ok: true, found: `${train}/${val}/${test} stories (train/val/test)` };
  } catch (error) {
    return { what, ok: false, found: (error as Error).message, bring };
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
      return []; // a folder that was copied in part has no weights to offer
    }
  });
  const row = (what: string, kind: "damsm" | "gan"): Finding => {
    const found = runs.filter((run) => run.kind === kind).map((run) => run.line);
    if (found.length === 0) return { what, ok: false, found: "none", bring: "deno task train" };
    const more = found.length > 3 ? [`and ${found.length - 3} more`] : [];
    return { what, ok: true, found: [...found.slice(-3), ...more].join("\n") };
  };
  return [row("text encoders", "damsm"), row("models", "gan")];
}

function hasCheckpoint(folder: string): boolean {
  return readdirSync(`${folder}/checkpoints`).some((name) => name.endsWith(".safetensors"));
}

/** Weights that others published, which metrics ask for; stand-ins judge where there are none. */
function published(root: string): Finding {
  const names = Object.keys(weightsFiles);
  const there = names.filter((name) => findWeights(name, root));
  const finding = { what: "published weights", ok: there.length > 0, found: there.join("\n") || "none" };
  return there.length === names.length ? finding : { ...finding, bring: "deno task fetch weights" };
}

function jupyter(): Finding {
  const what = "JupyterLab";
  if (hasJupyter()) return { what, ok: true, found: "in .engine/jupyter" };
  return { what, ok: false, found: "not installed", bring: "deno task jupyter" };
}

function diskSpace(): Finding {
  const { bavail, bsize } = statfsSync(projectRoot);
  const free = bavail * bsize;
  const found = `${(free / 1e9).toFixed(1)} GB free`;
  return { what: "disk", ok: free > comfortable, found: free > comfortable ? found : `${found}: little for a run` };
}

async function doctor(args: string[]): Promise<void> {
  const { json } = parseArgs(args, { boolean: ["json"], unknown: unknownOption(["json"]) });
  const diagnosis = await diagnose();
  if (json) return console.log(JSON.stringify(diagnosis, null, 2));
  const rows = diagnosis.findings.map(({ what, ok, found, bring }) => [what, ok ? "yes" : "no", found, bring ?? ""]);
  console.log(table(["what", "there", "found", "to bring it"], rows));
}

if (import.meta.main) await runTask(doctor, usage);
