/**
 * The pages agree with the project: links lead somewhere, commands name tasks and options that exist, and settings are
 * keys of the configuration. Pages are all Markdown files and the text cells of the notebooks.
 */
import { assert, assertEquals } from "@std/assert";
import { existsSync, readdirSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { pool } from "../src/base/concurrency.ts";
import { knownKeys, resolveConfig } from "../src/model/config.ts";
import { projectRoot, readJson } from "../src/base/files.ts";

const README_BYTES = 12_000;

/** Folders without pages of the project: packages, installed engines, and what a user makes. */
const skipped = /^(\.git|\.engine|node_modules|runs\/.+|data\/[^/]+\/(prepared|features).*|figures\/notebooks)$/;

/** Tasks without help of their own. */
const withoutHelp: Record<string, string> = {
  test: "its options go to deno test",
  "test:browser": "its options go to deno test",
  check: "it runs several programs and takes no options",
};

/** Assignments that stand for others. */
const placeholders = new Set(["key=value", "KEY=VALUE"]);

interface Page {
  /** Below the project. */
  path: string;
  text: string;
}

const read = (path: string) => Deno.readTextFileSync(join(projectRoot, path));

/** The text cells of a notebook. */
function notebookText(path: string): string {
  const { cells } = readJson<{ cells: { cell_type: string; source: string | string[] }[] }>(join(projectRoot, path));
  return cells.filter(({ cell_type }) => cell_type === "markdown").map(({ source }) => [source].flat().join(""))
    .join("\n\n");
}

function findPages(folder = ""): Page[] {
  return readdirSync(join(projectRoot, folder), { withFileTypes: true }).flatMap((entry): Page[] => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return skipped.test(path) ? [] : findPages(path);
    if (path.endsWith(".md")) return [{ path, text: read(path) }];
    return path.endsWith(".ipynb") ? [{ path, text: notebookText(path) }] : [];
  });
}

const pages = findPages();

// ---------------------------------------------------------------------------------------------------------------------
// Links

const withoutBlocks = (text: string) => text.replace(/^( *)```[^]*?^\1```/gm, "");
const withoutCode = (text: string) => withoutBlocks(text).replace(/`[^`\n]*`/g, "");

/** Targets of links and pictures, but for those with a scheme such as https:. */
function links(text: string): string[] {
  const found = [
    ...withoutCode(text).matchAll(/\]\(<?([^)\s>]+)>?[^)]*\)|\b(?:src|href)="([^"]+)"|^\[[^\]]+\]: (\S+)/gm),
  ];
  return found.map(([, inline, html, reference]) => (inline ?? html ?? reference)!).filter((to) =>
    !/^[a-z]+:/.test(to)
  );
}

/** Names of a page's headings in links, as GitHub derives them. */
function anchors(text: string): Set<string> {
  const names = new Set<string>();
  for (const [, title] of withoutBlocks(text).matchAll(/^#{1,6} +(.+?) *$/gm)) {
    const plain = title!.replace(/\[([^\]]*)\]\([^)]*\)/g, "$1").toLowerCase();
    const slug = plain.replace(/[^\p{L}\p{N}\p{M}_ -]/gu, "").replaceAll(" ", "-");
    let [name, n] = [slug, 0];
    while (names.has(name)) name = `${slug}-${++n}`;
    names.add(name);
  }
  return names;
}

/** What is wrong with a page's links, a sentence each. */
function brokenLinks({ path, text }: Page): string[] {
  return links(text).flatMap((link) => {
    const [file, anchor] = link.split("#").map(decodeURIComponent) as [string, string | undefined];
    const target = file === "" ? path : join(dirname(path), file);
    if (target.startsWith("..") || !existsSync(join(projectRoot, target))) return [`${path}: no file ${link}`];
    if (anchor === undefined || !target.endsWith(".md")) return [];
    return anchors(read(target)).has(anchor) ? [] : [`${path}: no heading ${link}`];
  });
}

Deno.test("every relative link of a page leads to a file or heading", () => {
  assert(pages.some(({ path }) => path === "README.md"));
  assertEquals(pages.flatMap(brokenLinks), []);
});

Deno.test("brokenLinks() names missing files and headings, and passes over code", () => {
  const text = "# One, two\n[a](#one-two) [b](#three) [c](gone.md) <img src='x'> `[d](e)` <img src=\"f.png\">\n" +
    "```md\n[g](h)\n```\n[i](https://example.org) [j](README.md#start)\n[k]: ../outside\n";
  const page = { path: "page.md", text };
  assertEquals(links(text), ["#one-two", "#three", "gone.md", "f.png", "README.md#start", "../outside"]);
  assertEquals([...anchors("# The `a b` & [c](d)\n## x\n# x\n```\n# y\n```\n")], ["the-a-b--c", "x", "x-1"]);
  assertEquals(brokenLinks({ ...page, text: "[c](gone.md) [o](../outside) [r](README.md#nothing)" }), [
    "page.md: no file gone.md",
    "page.md: no file ../outside",
    "page.md: no heading README.md#nothing",
  ]);
});

Deno.test(`README.md has at most ${README_BYTES} bytes`, () => {
  const { size } = Deno.statSync(join(projectRoot, "README.md"));
  assert(size <= README_BYTES, `it has ${size}: move what is no first step to docs/`);
});

// ---------------------------------------------------------------------------------------------------------------------
// Commands

/** A task as a page starts it. */
interface Command {
  page: string;
  task: string;
  args: string[];
}

/** Everything printed as code: lines of sh blocks and of indented blocks, and inline code. */
function codeOf(text: string): string[] {
  const blocks = [...text.matchAll(/^( *)```(?:sh|bash)\n([^]*?)^\1```/gm)].map(([, , code]) => code!);
  const indented = [...withoutBlocks(text).matchAll(/^ {4}(.*)$/gm)].map(([, line]) => line!);
  const inline = [...withoutBlocks(text).matchAll(/`([^`\n]+)`/g)].map(([, code]) => code!);
  return [...blocks.flatMap((code) => code.replaceAll("\\\n", " ").split("\n")), ...indented, ...inline];
}

/** Words of a command line, without quotes, its comment, and the brackets of what may be left out. */
function words(line: string): string[] {
  const found = line.replace(/(^|\s)#\s.*$/, "").matchAll(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g);
  return [...found].map(([word]) => {
    const plain = word.replaceAll(/["']/g, "").replace(/^\[/, "");
    return plain.includes("[") ? plain : plain.replace(/\]$/, "");
  });
}

function commandsOf({ path, text }: Page): Command[] {
  return codeOf(text).flatMap((line) => {
    const [, rest] = /(?:^|\s)(?:npx -y deno@[\d.]+|deno) task ([^|;&]+)/.exec(line) ?? [];
    const [task, ...args] = words(rest ?? "");
    return task === undefined || task === "NAME" ? [] : [{ page: path, task, args }];
  });
}

/** CHANGELOG.md is left out: commands of former releases may be gone. */
const current = pages.filter(({ path }) => path !== "CHANGELOG.md");
const commands = current.flatMap(commandsOf);

Deno.test("commandsOf() reads blocks, inline code, options and quotes", () => {
  const text =
    'Say `deno task a [--b] …`.\n\n    deno task c x=1 # y=2\n\n```sh\nQ=1 npx -y deno@1.2.3 task d --e "f g" \\\n' +
    "  --h='i j'\ndeno task\n```\n```ts\ndeno task k\n```\n";
  assertEquals(commandsOf({ path: "p", text }).map(({ task, args }) => [task, ...args]), [
    ["d", "--e", "f g", "--h=i j"],
    ["c", "x=1"],
    ["a", "--b", "…"],
  ]);
});

/** What `--help` of a task prints. */
async function helpOf(task: string): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: task in withoutHelp ? ["test", "--help"] : ["task", task, "--help"],
    cwd: projectRoot,
    env: { NO_COLOR: "1" },
    stdin: "null",
  }).output();
  const decode = (bytes: Uint8Array) => stripVTControlCharacters(new TextDecoder().decode(bytes));
  assertEquals(code, 0, `deno task ${task} --help: ${decode(stderr)}`);
  return decode(stdout);
}

Deno.test("every command of a page is a task of deno.json, with options that its help names", async () => {
  const { tasks } = readJson<{ tasks: Record<string, unknown> }>(join(projectRoot, "deno.json"));
  assertEquals(commands.filter(({ task }) => !(task in tasks)), []);
  assert(commands.length > 100, `${commands.length} commands were found`);

  const help = new Map<string, string>();
  const used = [...new Set(commands.map(({ task }) => task))];
  await pool(used, Math.min(3, navigator.hardwareConcurrency), async (task) => {
    help.set(task, await helpOf(task));
  });
  const unknown = commands.flatMap(({ page, task, args }) =>
    args.filter((arg) => arg.startsWith("--")).map((arg) => arg.split("=")[0]!)
      .filter((option) => option !== "--help" && !new RegExp(`${option}(?![\\w-])`).test(help.get(task)!))
      .map((option) => `${page}: deno task ${task} has no option ${option}`)
  );
  assertEquals(unknown, []);
});

Deno.test("every task of deno.json stands on docs/tasks.md", () => {
  const { tasks } = readJson<{ tasks: Record<string, unknown> }>(join(projectRoot, "deno.json"));
  const described = new Set(commandsOf({ path: "", text: read("docs/tasks.md") }).map(({ task }) => task));
  assertEquals(Object.keys(tasks).filter((task) => !described.has(task)), []);
});

Deno.test("every page takes the same Deno", () => {
  const versions = current.flatMap(({ text }) => [...text.matchAll(/npx -y deno@([\d.]+\d)/g)].map(([, v]) => v!));
  assertEquals(new Set(versions).size, 1, versions.join(", "));
});

// ---------------------------------------------------------------------------------------------------------------------
// Settings

/** `a.b=x,y` of a study's grid as `a.b=x` and `a.b=y`; a list in brackets is one value. */
function oneByOne(assignment: string): string[] {
  const [key, value] = [assignment.slice(0, assignment.indexOf("=")), assignment.slice(assignment.indexOf("=") + 1)];
  return value.startsWith("[") ? [assignment] : value.split(",").map((one) => `${key}=${one}`);
}

/** Settings among the words of commands, and in inline code that holds nothing else, such as `train.steps=5`. */
function settingsOf({ path, text }: Page): string[] {
  const assignment = /^[a-z]\w*(\.\w+)*=[^=]/i;
  const ofCommands = commandsOf({ path, text }).flatMap(({ args }) => args.filter((arg) => !arg.startsWith("-")));
  const alone = codeOf(text).map(words).filter((parts) =>
    parts.every((part) => /^[a-z]+\.\w/.test(part) && assignment.test(part))
  );
  return [...ofCommands, ...alone.flat()].filter((arg) => assignment.test(arg) && !placeholders.has(arg))
    .flatMap(oneByOne);
}

Deno.test("every setting on a page is a key of the configuration with a value that it takes", () => {
  const wrong = current.flatMap((page) =>
    settingsOf(page).flatMap((setting) => {
      if (/=[A-Z]+$/.test(setting) && knownKeys().includes(setting.split("=")[0]!)) return []; // KEY=FILE, KEY=N
      try {
        resolveConfig("tiny", [setting]);
        return [];
      } catch (error) {
        return [`${page.path}: ${setting}: ${(error as Error).message}`];
      }
    })
  );
  assertEquals(wrong, []);
  assert(current.flatMap(settingsOf).length > 20, "hardly any setting was found");
});

Deno.test("settingsOf() takes settings of commands, of grids and of inline code", () => {
  const text =
    '`deno task x --set a.b=1 key=value seed=2` `c.d=e f.g=[1,2]` `max=0` `deno task study --grid "h.i=j,k"`';
  assertEquals(settingsOf({ path: "p", text }), ["a.b=1", "seed=2", "h.i=j", "h.i=k", "c.d=e", "f.g=[1,2]"]);
});

// ---------------------------------------------------------------------------------------------------------------------
// Code

Deno.test("examples of README.md and docs/ import names that exist", async () => {
  const wrong: string[] = [];
  for (const { path, text } of pages.filter(({ path }) => path === "README.md" || path.startsWith("docs/"))) {
    for (const [, names, from] of text.matchAll(/^import \{([^}]*)\} from "(\.[^"]+)";$/gm)) {
      const file = join(projectRoot, dirname(path), from!);
      if (!existsSync(file)) wrong.push(`${path}: no file ${relative(projectRoot, file)}`);
      else {
        const module = await import(`file://${file}`) as Record<string, unknown>;
        const values = names!.split(",").map((name) => name.trim()).filter((name) => !name.startsWith("type "));
        wrong.push(...values.filter((name) => !(name in module)).map((name) => `${path}: ${from} has no ${name}`));
      }
    }
  }
  assertEquals(wrong, []);
});
