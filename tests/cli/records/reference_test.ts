import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { presentCode } from "../../../src/records/code.ts";
import { runToEnd, withFolder } from "../../runs/help.ts";

Deno.test("reference refuses uncommitted changes, folders without runs, and incomplete runs", () =>
  withFolder(async (root) => {
    Deno.mkdirSync(`${root}/runs/0001-begun`, { recursive: true });
    const cases: [string[], string][] = [
      [["--from", `${root}/none`], "holds no runs"],
      [["--from", `${root}/runs`], "cannot become a committed record: config.json"],
      [["--from", `${root}/runs`, "2"], 'There is no run "2"'],
      [["2"], "only with --from DIR"],
    ];
    // In a clean checkout it would start to train.
    if (presentCode().diff !== "") cases.push([[], "There are uncommitted changes"]);
    for (const [args, text] of cases) {
      const { code, err } = await runToEnd("reference", args, root);
      assertEquals(code, 1);
      assertMatch(err, /^error: [^\n]+\n$/);
      assertStringIncludes(err, text);
    }
  }));
