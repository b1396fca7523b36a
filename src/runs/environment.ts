/**
 * What a run was made with: code, packages, engine, machine.
 *
 * A commit alone misleads where files were changed after it, so the uncommitted difference is kept too; and whether two
 * runs used the same code is told by a digest of the sources, which also works without git.
 */
import { cpus, hostname, totalmem } from "node:os";
import { projectRoot, sha256, sha256File } from "../base/files.ts";
import type { EngineInfo } from "../engine/mod.ts";

export interface Environment {
  /** Commit of the project, or null outside of git. */
  commit: string | null;
  /** SHA-256 of the uncommitted difference (kept as uncommitted.diff), or null where there is none. */
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
  /** Each time the run went on: when, from which step, what differed from before, and whether that took --force. */
  resumed?: { time: string; step: number; differs: string[]; forced: boolean }[];
}

/** Describes the present environment; `diff` is the uncommitted difference as text. */
export function describeEnvironment(engine: EngineInfo): { environment: Environment; diff: string } {
  const commit = git("rev-parse", "--verify", "HEAD").trim() || null;
  const diff = commit ? git("diff", "HEAD", "--binary") + untracked() : "";
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

/** What may change a resumed run's numbers, each difference in words, e.g. "engine: xla → cpu". */
export function compareEnvironments(before: Environment, after: Environment): string[] {
  const rows: [string, unknown, unknown][] = [
    ["code", describeCode(before, before.code !== after.code), describeCode(after, before.code !== after.code)],
    ["packages (deno.lock)", before.lock.slice(0, 12), after.lock.slice(0, 12)],
    ["Deno", before.deno, after.deno],
    ["engine", before.engine.name, after.engine.name],
    ["engine version", before.engine.version, after.engine.version],
    ["devices", describeDevices(before.engine), describeDevices(after.engine)],
    ["threads", before.engine.threads, after.engine.threads],
    // Records of earlier versions lack what follows.
    ["precision", before.engine.precision ?? "float32", after.engine.precision ?? "float32"],
    ["deterministic", before.engine.deterministic ?? true, after.engine.deterministic ?? true],
    ["XLA's flags", (before.engine.flags ?? after.engine.flags)?.join(" "), after.engine.flags?.join(" ")],
    ["processor", before.cpu, after.cpu],
  ];
  return rows.filter(([, a, b]) => a !== b).map(([name, a, b]) => `${name}: ${a} → ${b}`);
}

/** Which of several GPUs of one model it was is no difference. */
function describeDevices({ devices }: EngineInfo): string {
  return devices.map((name) => name.replace(/^(\w+):\d+ /, "$1 ")).join(", ");
}

function describeCode({ commit, uncommitted, code }: Environment, differs: boolean): string {
  // A new commit that leaves the sources as they were is no difference.
  if (!differs) return "";
  const short = code.slice(0, 12);
  return commit ? `${short} (commit ${commit.slice(0, 12)}${uncommitted ? " and uncommitted changes" : ""})` : short;
}

/** Runs git in the project; the empty text where git, a repository or a commit is missing. */
function git(...args: string[]): string {
  try {
    const { success, stdout } = new Deno.Command("git", { args: ["-C", projectRoot, ...args], stderr: "null" })
      .outputSync();
    return success ? new TextDecoder().decode(stdout) : "";
  } catch {
    return "";
  }
}

/** New files that git does not ignore, as text below the difference; without them the code could not be restored. */
function untracked(): string {
  const paths = git("ls-files", "--others", "--exclude-standard").split("\n").filter((path) => path !== "");
  return paths.map((path) => {
    let text: string;
    try {
      const bytes = Deno.readFileSync(`${projectRoot}/${path}`);
      if (bytes.length > 1 << 20 || bytes.includes(0)) throw new Error("large or binary");
      text = new TextDecoder().decode(bytes);
    } catch {
      return `# untracked, not kept: ${path}\n`;
    }
    const lines = text.replace(/\n$/, "").split("\n");
    return `diff --git a/${path} b/${path}\nnew file mode 100644\n--- /dev/null\n+++ b/${path}\n` +
      `@@ -0,0 +1,${lines.length} @@\n${lines.map((line) => `+${line}\n`).join("")}`;
  }).join("");
}

/** One digest over names and bytes of every source file. */
function digestSources(): string {
  const walk = (folder: string): string[] =>
    [...Deno.readDirSync(`${projectRoot}/${folder}`)].flatMap(({ name, isDirectory }) =>
      isDirectory ? walk(`${folder}/${name}`) : name.endsWith(".ts") ? [`${folder}/${name}`] : []
    );
  return sha256(walk("src").sort().map((path) => `${path} ${sha256File(`${projectRoot}/${path}`)}\n`).join(""));
}
