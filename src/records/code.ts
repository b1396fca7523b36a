/**
 * The source code of this project in git: the current commit, the uncommitted difference, and the sources of other
 * commits.
 */
import { projectRoot, reason, sha256, sha256File } from "../base/files.ts";
import { counted } from "../base/text.ts";

/** Folders with files that tasks write: what changed in them is no change of the code. */
const generated = ["figures", "runs"];
const codeOnly = ["--", ".", ...generated.map((folder) => `:(exclude)${folder}`)];

/** Most bytes of the difference of one file, and of all files together. */
const most = { file: 1 << 20, all: 4 << 20 };

/**
 * The current commit, and the uncommitted difference as text; null and "" where there is none, or no git. Generated
 * files, such as figures, are not in the difference, and large files only by name.
 */
export function presentCode(root: string = projectRoot): { commit: string | null; diff: string } {
  const git = gitIn(root);
  const commit = git("rev-parse", "--verify", "HEAD").trim() || null;
  if (!commit) return { commit, diff: "" };
  const tracked = git("diff", "HEAD", "--binary", ...codeOnly).split(/^(?=diff --git )/m).filter((part) => part !== "");
  return { commit, diff: withinLimits([...tracked, ...untracked(root)], most) };
}

/**
 * Joins the differences of single files. Those beyond the limits, the largest first, become a line that names the file.
 *
 * @param parts each begins with the line `diff --git a/PATH b/PATH`
 */
export function withinLimits(parts: string[], limits: { file: number; all: number }): string {
  const sized = parts.map((part) => ({ part, size: new TextEncoder().encode(part).length }));
  let room = limits.all;
  const kept = new Set(
    sized.toSorted((a, b) => a.size - b.size).filter(({ size }) => size <= limits.file && (room -= size) >= 0),
  );
  return sized.map((one) =>
    kept.has(one) ? one.part : notKept(pathOf(one.part), `${counted(one.size, "byte")} of changes`)
  ).join(
    "",
  );
}

const pathOf = (part: string) => /^diff --git .* b\/(.*)$/m.exec(part)?.[1] ?? part.split("\n")[0]!;
const notKept = (path: string, why: string) => `# not kept, ${why}: ${path}\n`;

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
    const archive = gitBytes(projectRoot, "archive", "--format=tar", commit, "src");
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

/** Runs git in a folder; returns "" where git, the repository or the commit is missing. */
const gitIn = (root: string) => (...args: string[]): string => new TextDecoder().decode(gitBytes(root, ...args));

function gitBytes(root: string, ...args: string[]): Uint8Array | undefined {
  try {
    const { success, stdout } = new Deno.Command("git", { args: ["-C", root, ...args], stderr: "null" })
      .outputSync();
    return success ? stdout : undefined;
  } catch {
    return undefined;
  }
}

/** New files that git does not ignore, each in diff format; without them the code could not be restored. */
function untracked(root: string): string[] {
  // With zeros between them: lines would have quotation marks and escapes for letters beyond ASCII.
  const paths = gitIn(root)("ls-files", "--others", "--exclude-standard", "-z", ...codeOnly).split("\0")
    .filter((path) => path !== "");
  return paths.map((path) => {
    let text: string;
    try {
      const { size } = Deno.statSync(`${root}/${path}`);
      if (size > most.file) return notKept(path, counted(size, "byte"));
      const bytes = Deno.readFileSync(`${root}/${path}`);
      if (bytes.includes(0)) return notKept(path, "not text");
      text = new TextDecoder().decode(bytes);
    } catch (error) {
      return notKept(path, reason(error));
    }
    const lines = text.replace(/\n$/, "").split("\n");
    return `diff --git a/${path} b/${path}\nnew file mode 100644\n--- /dev/null\n+++ b/${path}\n` +
      `@@ -0,0 +1,${lines.length} @@\n${lines.map((line) => `+${line}\n`).join("")}`;
  });
}
