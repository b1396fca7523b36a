/**
 * The order of the rooms: a file of src/ imports from its own room and lower ones only, nothing runs up inside a room, files
 * stay short and folders small, and nothing outside a system's folder knows the system by name.
 */
import { assertEquals } from "@std/assert";
import { dirname, join, normalize } from "node:path";
import { projectRoot } from "../src/base/files.ts";

/** Lowest first. `src/std` stands in for published packages and belongs to no room. */
const rooms = [
  "base",
  "formats",
  "engine",
  "data",
  "model",
  "train",
  "metrics",
  "records",
  "runs",
  "evaluation",
  "reproduction",
  "study",
  "figures",
  "pages",
  "cli",
];
const outside = "std";
/** The kit's public surface, which exports from every room and is imported by none. */
const surface = "mod.ts";
const longest = 300; // lines
const most = 15; // files beside each other in a folder

/** Files of the project that each file imports; paths below src. */
type Imports = Record<string, string[]>;

const importPattern = /(?:\bfrom\s*|\bimport\s*\(?\s*)"(\.[^"]+)"/g;

/** The source without comments and the examples in them. */
function withoutComments(source: string): string {
  return source.replace(/\/\*[^]*?\*\/|^\s*\/\/.*$/gm, "");
}

function importsOf(path: string, source: string): string[] {
  const found = [...withoutComments(source).matchAll(importPattern)];
  return found.map((match) => normalize(join(dirname(path), match[1]!)));
}

/** Imports that go up, each as a sentence. */
function climbing(imports: Imports): string[] {
  const roomOf = (path: string) => path.split("/")[0]!;
  return Object.entries(imports).filter(([path]) => path !== surface).flatMap(([path, targets]) =>
    targets.flatMap((target) => {
      const [from, to] = [rooms.indexOf(roomOf(path)), rooms.indexOf(roomOf(target))];
      if (from < 0) return [`src/${path} lies in no room`];
      if (to < 0) return [`src/${path} imports ${target}, which lies in no room`];
      return to > from ? [`src/${path} (room ${from}) imports src/${target} (room ${to})`] : [];
    })
  );
}

/** Every cycle that a depth-first walk meets, as "a → b → a". */
function cycles(imports: Imports): string[] {
  const found: string[] = [];
  const finished = new Set<string>();
  function visit(path: string, trail: string[]): void {
    const at = trail.indexOf(path);
    if (at >= 0) found.push([...trail.slice(at), path].join(" → "));
    if (at >= 0 || finished.has(path)) return;
    for (const target of imports[path] ?? []) visit(target, [...trail, path]);
    finished.add(path);
  }
  for (const path of Object.keys(imports)) visit(path, []);
  return found;
}

/**
 * Imports between the direct children of a folder, each child a file or a folder with all that is in it. If these have no
 * cycle, the children stand in an order in which every import runs down.
 */
function betweenChildren(folder: string, imports: Imports): Imports {
  const prefix = folder === "" ? "" : `${folder}/`;
  const childOf = (path: string) => path.startsWith(prefix) ? prefix + path.slice(prefix.length).split("/")[0]! : "";
  const children: Imports = {};
  for (const [path, targets] of Object.entries(imports)) {
    const child = childOf(path);
    if (child === "") continue;
    const others = targets.map(childOf).filter((other) => other !== "" && other !== child);
    children[child] = [...new Set([...children[child] ?? [], ...others])];
  }
  return children;
}

/** Every folder that holds one of the paths, from the top down. */
function foldersOf(paths: string[]): string[] {
  const all = paths.flatMap((path) =>
    path.split("/").slice(0, -1).map((_, i, parts) => parts.slice(0, i + 1).join("/"))
  );
  return [...new Set(all)].sort();
}

/** Files outside `model/systems/NAME/` that import from it, or name it where they speak of systems. */
function namingSystems(systems: string[], files: [path: string, source: string][], imports: Imports): string[] {
  const registry = "model/systems/mod.ts";
  return systems.flatMap((name) => {
    const folder = `model/systems/${name}/`;
    return files.filter(([path]) => !path.startsWith(folder)).flatMap(([path, source]) => [
      ...(path !== registry && imports[path]!.some((target) => target.startsWith(folder))
        ? [`src/${path} imports from ${folder}`]
        : []),
      ...(new RegExp(`system\\w*[^\\n]{0,40}["'\`=]${name}["'\`]`, "i").test(withoutComments(source))
        ? [`src/${path} says "${name}"`]
        : []),
    ]);
  });
}

function sources(folder = ""): [string, string][] {
  return [...Deno.readDirSync(join(projectRoot, "src", folder))].flatMap(({ name, isDirectory }) => {
    const path = join(folder, name);
    if (isDirectory) return path === outside ? [] : sources(path);
    return name.endsWith(".ts") ? [[path, Deno.readTextFileSync(join(projectRoot, "src", path))]] : [];
  });
}

const files = sources();
const imports: Imports = Object.fromEntries(files.map(([path, source]) => [path, importsOf(path, source)]));
const systems = [...Deno.readDirSync(join(projectRoot, "src/model/systems"))].filter(({ isDirectory }) => isDirectory)
  .map(({ name }) => name);

Deno.test("rooms import from themselves and lower ones only", () => {
  assertEquals(climbing(imports), []);
});

Deno.test("files import each other without cycles", () => {
  assertEquals(cycles(imports), []);
});

Deno.test("no import runs up inside a room: the children of every folder have an order", () => {
  assertEquals(foldersOf(Object.keys(imports)).flatMap((folder) => cycles(betweenChildren(folder, imports))), []);
});

Deno.test(`files have at most ${longest} lines`, () => {
  const long = files.map(([path, source]) => [path, source.split("\n").length - 1] as const).filter(([, n]) =>
    n > longest
  );
  assertEquals(long.map(([path, n]) => `src/${path} has ${n} lines`), []);
});

Deno.test(`folders have at most ${most} loose files`, () => {
  const counts = Map.groupBy(files, ([path]) => dirname(path));
  const full = [...counts].filter(([, paths]) => paths.length > most);
  assertEquals(full.map(([folder, paths]) => `src/${folder} has ${paths.length} files`), []);
});

Deno.test("nothing outside a system's folder knows the system by name, but for the registry's import", () => {
  const named = namingSystems(systems, files, imports);
  assertEquals(named, []);
});

Deno.test("no task is started by its path: deno.json alone knows where tasks lie", () => {
  const byPath = files.filter(([, source]) => /["'`/]src\/cli\/[^"'`]*\.ts/.test(withoutComments(source)));
  assertEquals(byPath.map(([path]) => `src/${path} holds the path of a task`), []);
});

Deno.test("climbing() names an import that goes up, and folders that are no room", () => {
  const source = 'import { a } from "../cli/a.ts";\n// from "../cli/comment.ts"\nexport * from "./b.ts";\n';
  assertEquals(climbing({ "model/x.ts": importsOf("model/x.ts", source) }), [
    "src/model/x.ts (room 4) imports src/cli/a.ts (room 14)",
  ]);
  assertEquals(climbing({ "attic/x.ts": ["base/a.ts"] }), ["src/attic/x.ts lies in no room"]);
  assertEquals(climbing({ "cli/x.ts": ["base/a.ts", "cli/b.ts"] }), []);
});

Deno.test("cycles() finds a cycle through three files, and through a dynamic import", () => {
  assertEquals(cycles({ a: ["b"], b: ["c"], c: ["a"], d: ["a"] }), ["a → b → c → a"]);
  assertEquals(importsOf("base/x.ts", 'await import("./y.ts"); import "../engine/z.ts";'), [
    "base/y.ts",
    "engine/z.ts",
  ]);
});

Deno.test("betweenChildren() takes a folder as one: a file that imports from it, and is imported by it, runs up", () => {
  const up = { "model/a.ts": ["model/parts/b.ts"], "model/parts/b.ts": [], "model/parts/c.ts": ["model/a.ts"] };
  assertEquals(cycles(up), []);
  assertEquals(cycles(betweenChildren("model", up)), ["model/a.ts → model/parts → model/a.ts"]);
  assertEquals(cycles(betweenChildren("model/parts", up)), []);
  assertEquals(foldersOf(Object.keys(up)), ["model", "model/parts"]);
});

Deno.test("namingSystems() finds an import, a text and a setting, and passes over comments", () => {
  const at = (source: string) =>
    namingSystems(["duo"], [["runs/x.ts", source]], { "runs/x.ts": importsOf("runs/x.ts", source) });
  assertEquals(at('import { duo } from "../model/systems/duo/mod.ts";'), [
    "src/runs/x.ts imports from model/systems/duo/",
  ]);
  assertEquals(at('if (system === "duo") train();'), ['src/runs/x.ts says "duo"']);
  assertEquals(at("resolveConfig(`tiny`, [`system=duo`]);"), ['src/runs/x.ts says "duo"']);
  assertEquals(at('// "duo" is one system\nconst duoName = "duos"; const sung = "duo";'), []);
});
