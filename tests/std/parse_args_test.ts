/** The local stand-in for @std/cli's parseArgs: the results of the published one. */
import { parseArgs } from "@std/cli/parse-args";
import { assertEquals } from "@std/assert";

const record = (args: Record<string, unknown>) => ({ ...args });

Deno.test("parseArgs() reads values after = and after a blank, flags, and positionals", () => {
  const args = parseArgs(["train", "--preset", "tiny", "--seed=7", "--json", "train.steps=10"], { boolean: ["json"] });
  assertEquals(record(args), { _: ["train", "train.steps=10"], preset: "tiny", seed: 7, json: true });
});

Deno.test("parseArgs() turns what looks like a number into one, unless it is declared a string", () => {
  assertEquals(parseArgs(["0007", "1e3", "0x10", "1.5", "1.5.2", "7a"])._, [7, 1000, 16, 1.5, "1.5.2", "7a"]);
  assertEquals(parseArgs(["0007", "1e3"], { string: ["_"] })._, ["0007", "1e3"]);
  assertEquals(record(parseArgs(["--a", "5", "--b", "5"], { string: ["a"] })), { _: [], a: "5", b: 5 });
});

Deno.test("parseArgs() types declared options and gives flags a value when they are absent", () => {
  const args = parseArgs([], {
    boolean: ["json"],
    string: ["preset", "story", "run"],
    collect: ["story"],
    default: { run: "1" },
  });
  const json: boolean = args.json;
  const preset: string | undefined = args.preset;
  const story: string[] = args.story;
  const run: string = args.run;
  assertEquals([json, preset, story, run, args._], [false, undefined, [], "1", []]);
});

Deno.test("parseArgs() gathers a collected option and takes the last of another", () => {
  const options = { string: ["story", "run"], collect: ["story"] } as const;
  const args = parseArgs(["--story", "a b", "--story=c=d", "--run", "1", "--run", "2"], options);
  assertEquals(record(args), { _: [], story: ["a b", "c=d"], run: "2" });
});

Deno.test("parseArgs() sets a negatable option to false with --no-, and leaves other names alone", () => {
  const options = { boolean: ["color"], negatable: ["color"], default: { color: true } };
  assertEquals(parseArgs(["--no-color"], options).color, false);
  assertEquals(parseArgs([], options).color, true);
  assertEquals(record(parseArgs(["--no-other"])), { _: [], "no-other": true });
});

Deno.test("parseArgs() does not take an option for a value, and leaves a string option without one empty", () => {
  const args = parseArgs(["--preset", "--json"], { string: ["preset"], boolean: ["json"] });
  assertEquals(record(args), { _: [], preset: "", json: true });
  assertEquals(record(parseArgs(["--json", "x"], { boolean: ["json"] })), { _: ["x"], json: true });
  assertEquals(record(parseArgs(["--json", "false"], { boolean: ["json"] })), { _: [], json: false });
  assertEquals(record(parseArgs(["--json=false"], { boolean: ["json"] })), { _: [], json: false });
});

Deno.test("parseArgs() sets all names of an option", () => {
  const args = parseArgs(["-n", "3"], { alias: { steps: "n" } });
  assertEquals(record(args), { _: [], n: 3, steps: 3 });
  const quiet: boolean = parseArgs(["-q"], { boolean: ["quiet"], alias: { quiet: ["q", "silent"] } }).silent;
  assertEquals(quiet, true);
});

Deno.test("parseArgs() reads short options alone, together and with a value behind them", () => {
  assertEquals(record(parseArgs(["-abc"])), { _: [], a: true, b: true, c: true });
  assertEquals(record(parseArgs(["-n5", "-x=y", "-p", "z"])), { _: [], n: 5, x: "y", p: "z" });
  assertEquals(parseArgs(["-"])._, ["-"]);
});

Deno.test("parseArgs() leaves everything after -- as it is", () => {
  assertEquals(record(parseArgs(["a", "--", "--b", "5"])), { _: ["a", "--b", "5"] });
  const args = parseArgs(["a", "--", "--b", "5"], { "--": true });
  assertEquals([args._, args["--"]], [["a"], ["--b", "5"]]);
});

Deno.test("parseArgs() stops at the first positional when asked to", () => {
  assertEquals(record(parseArgs(["--a", "b", "c", "--d"], { boolean: ["a"], stopEarly: true })), {
    _: ["b", "c", "--d"],
    a: true,
  });
});

Deno.test("parseArgs() asks about unknown arguments only and drops what is refused", () => {
  const asked: unknown[] = [];
  const args = parseArgs(["--know", "1", "--foo=2", "x"], {
    string: ["know"],
    unknown: (...about) => {
      asked.push(about);
      return about[1] === undefined;
    },
  });
  assertEquals(asked, [["--foo=2", "foo", "2"], ["x"]]);
  assertEquals(record(args), { _: ["x"], know: "1" });
});
