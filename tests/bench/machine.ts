/** Where results were made, and with which code. */
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
  /** The project's commit, with "and changes" where files differ from it. */
  commit: string;
  /** Settings of the C library's memory, which both sides get. */
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
