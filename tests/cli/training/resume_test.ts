import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { runToEnd, withFolder } from "../../runs/help.ts";

Deno.test("resume asks for a run, and names the nearest one when there is no such run", () =>
  withFolder(async (root) => {
    Deno.mkdirSync(`${root}/runs/0007-ours-tiny-clipart`, { recursive: true });
    const cases: [string[], string][] = [
      [[], "deno task resume RUN"],
      [["9"], 'the nearest name is "0007-ours-tiny-clipart"'],
      [["7"], "config.json"], // an empty run folder
      [["7", "8"], 'Cannot read "8"'],
      [["7", "--forse"], "Unknown option --forse; the nearest known one is --force"],
    ];
    for (const [args, text] of cases) {
      const { code, err } = await runToEnd("resume", args, root);
      assertEquals(code, 1);
      assertMatch(err, /^error: [^\n]+\n$/);
      assertStringIncludes(err, text);
    }
  }));
