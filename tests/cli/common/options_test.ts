import { assertEquals, assertThrows } from "@std/assert";
import { parseArgs } from "@std/cli/parse-args";
import { readdirSync, readFileSync } from "node:fs";
import { UserError } from "../../../src/base/errors.ts";
import { projectRoot } from "../../../src/base/files.ts";
import { deviceOverride, parseOptions, unknownOption, wholeNumber } from "../../../src/cli/common/options.ts";

Deno.test("unknownOption() accepts known options and positional arguments, and names the nearest one for others", () => {
  const parse = (...args: string[]) => {
    return parseArgs(args, { boolean: ["json"], string: ["preset"], unknown: unknownOption(["json", "preset"]) });
  };
  assertEquals(parse("run", "--json", "--preset=tiny").preset, "tiny");
  assertThrows(() => parse("--prest", "tiny"), UserError, "Unknown option --prest; the nearest known one is --preset.");
  assertThrows(() => parse("-j"), UserError, "Unknown option -j; the nearest known one is --json.");
  assertThrows(() => parseArgs(["--x"], { unknown: unknownOption([]) }), UserError, "this task has none");
});

Deno.test("parseOptions() takes the argument behind an option as its value, also one that begins with -", () => {
  const parse = (...args: string[]) => {
    const { _, story, seed, quiet } = parseOptions(args, {
      string: ["story", "seed", "_"],
      boolean: ["quiet"],
      collect: ["story"],
      unknown: unknownOption(["story", "seed", "quiet"]),
    });
    return { _, story, seed, quiet };
  };
  assertEquals(parse("2", "--story", "- Where is Mike?", "--seed", "-1", "--story=--odd=\n1", "--quiet"), {
    _: ["2"],
    story: ["- Where is Mike?", "--odd=\n1"],
    seed: "-1",
    quiet: true,
  });
  assertEquals(parse("--quiet", "--", "--story", "")._, ["--story", ""]);
  for (const args of [["--story", ""], ["--story="], ["--story", " "]]) {
    assertThrows(() => parse(...args), UserError, "The value of --story is empty");
  }
  assertThrows(() => parse("2", "--story"), UserError, "Option --story needs a value, and nothing follows it");
  for (const next of ["--quiet", "--seed", "--"]) {
    assertThrows(() => parse("--story", next), UserError, `Option --story needs a value before "${next}"`);
  }
  assertThrows(() => parse("-1"), UserError, "Unknown option -1");
});

Deno.test("every task reads its options by parseOptions() and starts by runTask(), which goes where the user stands", () => {
  const folder = `${projectRoot}/src/cli`;
  for (const name of readdirSync(folder, { recursive: true }).map(String).filter((name) => name.endsWith(".ts"))) {
    const text = readFileSync(`${folder}/${name}`, "utf8");
    if (name !== "common/options.ts") assertEquals(/@std\/cli|parseArgs/.test(text), false, name);
    if (text.includes("import.meta.main")) {
      assertEquals(/if \(import\.meta\.main\) await runTask\(/.test(text), true, name);
    }
  }
});

Deno.test("wholeNumber() reads whole numbers and refuses everything else by name", () => {
  assertEquals(wholeNumber("steps", "12"), 12);
  assertEquals(wholeNumber("steps", undefined), undefined);
  for (const text of ["abc", "1.5", "-1", "", " ", "1e30", "0"]) {
    assertThrows(() => wholeNumber("steps", text, 1), UserError, "Option --steps must be a whole number of at least 1");
  }
});

Deno.test("deviceOverride() turns --device into a config override", () => {
  assertEquals(deviceOverride("cuda:1"), ["device=cuda:1"]);
  assertEquals(deviceOverride(undefined), []);
});
