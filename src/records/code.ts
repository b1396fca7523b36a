/**
 * The source code of this project in git: the current commit, the uncommitted difference, and the sources of other
 * commits.
 */
import { projectRoot, sha256, sha256File } from "../base/files.ts";

/** The current commit, and the uncommitted difference as text; null and "" where there is none, or no git. */
export function presentCode(): { commit: string | null; diff: string } {
  const commit = git("rev-parse", "--verify", "HEAD").trim() || null;
  return { commit, diff: commit ? git("diff", "HEAD", "--binary") + untracked() : "" };
}

/** One SHA-256 over names and bytes of all source files of this folder. */
export function digestSources(): string {
  const sourcesIn = (folder: string): string[] =>
    [...Deno.readDirSync(`${projectRoot}/${folder}`)].flatMap(({ name, isDirectory }) =>
      isDirectory ? sourcesIn(`${folder}/${name}`) : name.endsWith(".ts") ? [`${folder}/${name}`] : []
    );
  return digestOf(sourcesIn("src").map((path) => [path, sha256File(`${projectRoot}/${path}`)]));
}

const cached = new Map<string, string | undefined>();

/** {@link digestSources} of a commit; undefined where git does not have it, as in a shallow clone. */
export function codeOfCommit(commit: string): string | undefined {
  if (!cached.has(commit)) {
    const archive = gitBytes("archive", "--format=tar", commit, "src");
    const files = archive && filesOfTar(archive).filter(([path]) => path.endsWith(".ts"));
    cached.set(commit, files && digestOf(files.map(([path, bytes]) => [path, sha256(bytes)])));
  }
  return cached.get(commit);
}

function digestOf(files: [path: string, digest: string][]): string {
  const sorted = files.sort(([a], [b]) => a < b ? -1 : 1);
  return sha256(sorted.map(([path, digest]) => `${path} ${digest}\n`).join(""));
}

/** The plain files of a tar archive: blocks of 512 bytes, first a header and then the bytes of the file. */
function filesOfTar(tar: Uint8Array): [path: string, bytes: Uint8Array][] {
  const files: [string, Uint8Array][] = [];
  for (let at = 0; at + 512 <= tar.length && tar[at] !== 0;) {
    const text = (from: number, length: number) =>
      new TextDecoder().decode(tar.subarray(at + from, at + from + length)).split("\0")[0]!;
    const size = parseInt(text(124, 12), 8);
    const prefix = text(345, 155);
    const path = (prefix === "" ? "" : `${prefix}/`) + text(0, 100);
    if (text(156, 1) === "0") files.push([path, tar.subarray(at + 512, at + 512 + size)]);
    at += 512 + 512 * Math.ceil(size / 512);
  }
  return files;
}

/** Runs git in the project; returns "" where git, the repository or the commit is missing. */
function git(...args: string[]): string {
  return new TextDecoder().decode(gitBytes(...args));
}

function gitBytes(...args: string[]): Uint8Array | undefined {
  try {
    const { success, stdout } = new Deno.Command("git", { args: ["-C", projectRoot, ...args], stderr: "null" })
      .outputSync();
    return success ? stdout : undefined;
  } catch {
    return undefined;
  }
}

/** New files that git does not ignore, in diff format; without them the code could not be restored. */
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
