import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { runToEnd, withFolder } from "../../runs/help.ts";

Deno.test("inspect refuses what it cannot inspect, in one line", () =>
  withFolder(async (root) => {
    const cases: [string[], string][] = [
      [[], "Name the run to inspect"],
      [["2"], "holds no runs yet"],
      [["2", "--split", "train"], 'test or val, not "train"'],
      [["2", "--stories", "0"], "--stories must be a whole number of at least 1"],
    ];
    for (const [args, text] of cases) {
      const { code, err } = await runToEnd("inspect", args, root);
      assertEquals(code, 1, err);
      assertMatch(err, /^error: [^\n]+\n$/);
      assertStringIncludes(err, text);
    }
  }));
