/**
 * The order of the rooms: a file of src/ imports from its own room and lower ones only, without cycles, and stays short.
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
const longest = 300; // lines

/** Files of the project that each file imports; paths below src. */
type Imports = Record<string, string[]>;

const importPattern = /(?:\bfrom\s*|\bimport\s*\(?\s*)"(\.[^"]+)"/g;

/** The source without comments and type-checked examples in them. */
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
  return Object.entries(imports).flatMap(([path, targets]) =>
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

function sources(folder = ""): [string, string][] {
  return [...Deno.readDirSync(join(projectRoot, "src", folder))].flatMap(({ name, isDirectory }) => {
    const path = join(folder, name);
    if (isDirectory) return path === outside ? [] : sources(path);
    return name.endsWith(".ts") ? [[path, Deno.readTextFileSync(join(projectRoot, "src", path))]] : [];
  });
}

const files = sources();
const imports: Imports = Object.fromEntries(files.map(([path, source]) => [path, importsOf(path, source)]));

Deno.test("rooms import from themselves and lower ones only", () => {
  assertEquals(climbing(imports), []);
});

Deno.test("files import each other without cycles", () => {
  assertEquals(cycles(imports), []);
});

Deno.test(`files have at most ${longest} lines`, () => {
  const long = files.map(([path, source]) => [path, source.split("\n").length - 1] as const).filter(([, n]) =>
    n > longest
  );
  assertEquals(long.map(([path, n]) => `src/${path} has ${n} lines`), []);
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
