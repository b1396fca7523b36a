/**
 * The environment of a run: code, packages, engine, machine.
 *
 * A commit is not enough where files were changed after it, so the uncommitted difference is kept too. Whether two runs
 * used the same code is decided by a digest of the sources, which also works without git.
 */
import { cpus, hostname, totalmem } from "node:os";
import { projectRoot, sha256, sha256File } from "../base/files.ts";
import type { EngineInfo } from "../engine/mod.ts";
import { digestSources, presentCode } from "./code.ts";

export interface Environment {
  /** Commit of the project; null outside git. */
  commit: string | null;
  /** SHA-256 of the uncommitted difference (kept as uncommitted.diff); null where there is none. */
  uncommitted: string | null;
  /** SHA-256 over all source files. */
  code: string;
  /** SHA-256 of deno.lock. */
  lock: string;
  deno: string;
  engine: EngineInfo;
  os: string;
  cpu: string;
  cores: number;
  memory: number;
  host: string;
  /** Each resumption: time, step, differences from the previous environment, and whether --force was given. */
  resumed?: { time: string; step: number; differs: string[]; forced: boolean }[];
}

/** Describes the current environment; `diff` is the uncommitted difference as text. */
export function describeEnvironment(engine: EngineInfo): { environment: Environment; diff: string } {
  const { commit, diff } = presentCode();
  const environment: Environment = {
    commit,
    uncommitted: diff ? sha256(diff) : null,
    code: digestSources(),
    lock: sha256File(`${projectRoot}/deno.lock`),
    deno: Deno.version.deno,
    engine,
    os: `${Deno.build.os} ${Deno.osRelease()} ${Deno.build.arch}`,
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: cpus().length,
    memory: totalmem(),
    host: hostname(),
  };
  return { environment, diff };
}

/** Differences that may change the numbers of a resumed run, each as text, e.g. "engine: xla → cpu". */
export function compareEnvironments(before: Environment, after: Environment): string[] {
  const differences: [string, unknown, unknown][] = [
    ["code", describeCode(before, before.code !== after.code), describeCode(after, before.code !== after.code)],
    ["packages (deno.lock)", before.lock.slice(0, 12), after.lock.slice(0, 12)],
    ["Deno", before.deno, after.deno],
    ["engine", before.engine.name, after.engine.name],
    ["engine version", before.engine.version, after.engine.version],
    ["devices", describeDevices(before.engine), describeDevices(after.engine)],
    ["threads", before.engine.threads, after.engine.threads],
    // Records of earlier versions lack the following fields.
    ["precision", before.engine.precision ?? "float32", after.engine.precision ?? "float32"],
    ["deterministic", before.engine.deterministic ?? true, after.engine.deterministic ?? true],
    ["XLA's flags", (before.engine.flags ?? after.engine.flags)?.join(" "), after.engine.flags?.join(" ")],
    ["processor", before.cpu, after.cpu],
  ];
  return differences.filter(([, a, b]) => a !== b).map(([name, a, b]) => `${name}: ${a} → ${b}`);
}

/** GPUs of one model are equal: their index is left out. */
function describeDevices({ devices }: EngineInfo): string {
  return devices.map((name) => name.replace(/^(\w+):\d+ /, "$1 ")).join(", ");
}

function describeCode({ commit, uncommitted, code }: Environment, differs: boolean): string {
  // A new commit with unchanged sources is no difference.
  if (!differs) return "";
  const short = code.slice(0, 12);
  return commit ? `${short} (commit ${commit.slice(0, 12)}${uncommitted ? " and uncommitted changes" : ""})` : short;
}
