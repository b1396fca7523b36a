import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { measurementTable } from "../../../src/cli/results/measurement_table.ts";
import { runToEnd, withFolder } from "../../runs/help.ts";

Deno.test("evaluate refuses what it cannot evaluate, in one line", () =>
  withFolder(async (root) => {
    const cases: [string[], string][] = [
      [[], "Name the run to evaluate"],
      [["2"], "holds no runs yet"],
      [["2", "--split", "train"], "--split is test or val"],
      [["2", "--checkpoint", "first"], "--checkpoint is best, last, a kept one such as step-1000 or kept"],
      [["2", "--metrics", "fid,fsb"], 'no metric "fsb"'],
      [["2", "--limit", "1"], "--limit must be a whole number of at least 2"],
      [["2", "--out", "a.json"], "--out is for two folders"],
      [["--real", "a"], "Two folders are compared with --real DIR --fake DIR"],
      [["--real", "a", "--fake", "b", "--split", "val"], "--split is for runs"],
      [["--real", `${root}/a`, "--fake", `${root}/b`], `${root}/a`],
    ];
    for (const [args, text] of cases) {
      const { code, err } = await runToEnd("evaluate", args, root);
      assertEquals(code, 1, err);
      assertMatch(err, /^error: [^\n]+\n$/);
      assertStringIncludes(err, text);
    }
  }));

Deno.test("measurementTable() shows each name once, with its interval and the numbers of comparison", () => {
  const interval = { low: 101.26, high: 140.5, level: 0.95 as const };
  const text = measurementTable({
    "fid[inception-nsfwjs].test": { value: 120.123, interval, stories: 250, frames: 1250 },
    "cosine[damsm:1a2b3c4d].test": { value: 4.5678, real: 7.5, shuffled: 0.01, stories: 250, frames: 1250 },
    "kid[inception-nsfwjs].test": { value: 12.5, standardError: 0.25, stories: 250, frames: 1250 },
    "fsd[r2plus1d-18.published].test": { value: 40, stories: 250, frames: 1250, note: "250 vectors in 512 dimensions" },
  });
  const cells = text.split("\n").map((line) => line.split("│").map((cell) => cell.trim()).filter((cell) => cell));
  assertEquals(cells.slice(2, -2), [
    ["fid[inception-nsfwjs].test ↓", "120.1", "101.3 to 140.5", "250"],
    ["cosine[damsm:1a2b3c4d].test ×100 ↑", "4.568", "7.500", "0.010", "250"],
    ["kid[inception-nsfwjs].test ×1000 ↓", "12.50", "± 0.250 (1 s.e.)", "250"],
    ["fsd[r2plus1d-18.published].test ↓", "40.00 [1]", "250"],
  ]);
  assertEquals(cells.at(-1), ["[1] 250 vectors in 512 dimensions"]);
});
