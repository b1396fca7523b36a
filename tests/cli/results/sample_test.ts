import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { runToEnd, withFolder } from "../../runs/help.ts";

Deno.test("sample refuses wrong arguments, in one line", () =>
  withFolder(async (root) => {
    const cases: [string[], string][] = [
      [["--weights", `${root}/none`, "--story", "Mike runs."], "train a run (deno task train) and name it"],
      [["2", "--weights", `${root}/none`, "--story", "Mike runs."], "Name a run or --weights DIR"],
      [["--checkpoint", "last", "--story", "Mike runs."], "--checkpoint is for runs"],
      [["2", "--story", "Mike runs."], "holds no runs yet"],
      [["2", "Mike runs."], 'Cannot read "Mike runs."'],
      [["2", "--story", "Mike runs.", "--out", "a.jpg"], "does not end in .png"],
      [["2", "--story", "Mike runs.", "--checkpoint", "first"], "best, last, a kept one"],
      [["2", "--story", "Mike runs.", "--count", "0"], "--count must be a whole number of at least 1"],
    ];
    for (const [args, text] of cases) {
      const { code, err } = await runToEnd("sample", args, root);
      assertEquals(code, 1);
      assertMatch(err, /^error: [^\n]+\n$/);
      assertStringIncludes(err, text);
    }
  }));
