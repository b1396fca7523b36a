/** The machine and the code of a measurement. */
import { cpus, hostname, totalmem } from "node:os";
import { projectRoot } from "../../src/base/files.ts";

export interface Machine {
  host: string;
  cpu: string;
  cores: number;
  /** Bytes. */
  memory: number;
  os: string;
  deno: string;
  /** The project's commit, with "and changes" if files differ from it. */
  commit: string;
  /** Memory settings of the C library, the same on both sides. */
  glibc: string;
}

export function describeMachine(): Machine {
  return {
    host: hostname(),
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: cpus().length,
    memory: totalmem(),
    os: `${Deno.build.os} ${Deno.osRelease()} ${Deno.build.arch}`,
    deno: Deno.version.deno,
    commit: `${git("rev-parse", "HEAD")}${git("status", "--porcelain") ? " and changes" : ""}`,
    glibc: Deno.env.get("GLIBC_TUNABLES") ?? "",
  };
}

function git(...args: string[]): string {
  try {
    const { stdout } = new Deno.Command("git", { args: ["-C", projectRoot, ...args], stderr: "null" }).outputSync();
    return new TextDecoder().decode(stdout).trim();
  } catch {
    return "";
  }
}
