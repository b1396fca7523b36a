import { assertEquals, assertThrows } from "@std/assert";
import { parseArgs } from "@std/cli/parse-args";
import { UserError } from "../../../src/base/errors.ts";
import { deviceOverride, unknownOption, wholeNumber } from "../../../src/cli/common/options.ts";

Deno.test("unknownOption() accepts known options and positional arguments, and names the nearest one for others", () => {
  const parse = (...args: string[]) => {
    return parseArgs(args, { boolean: ["json"], string: ["preset"], unknown: unknownOption(["json", "preset"]) });
  };
  assertEquals(parse("run", "--json", "--preset=tiny").preset, "tiny");
  assertThrows(() => parse("--prest", "tiny"), UserError, "Unknown option --prest; the nearest known one is --preset.");
  assertThrows(() => parse("-j"), UserError, "Unknown option -j; the nearest known one is --json.");
  assertThrows(() => parseArgs(["--x"], { unknown: unknownOption([]) }), UserError, "this task has none");
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
