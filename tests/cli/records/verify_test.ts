import { assertEquals, assertStringIncludes } from "@std/assert";
import { runToEnd, withFolder } from "../../runs/help.ts";

Deno.test("verify shows a row for each check, and exits with 1 where something is missing or wrong", () =>
  withFolder(async (root) => {
    const folder = `${root}/runs/0007-ours-tiny-clipart`;
    Deno.mkdirSync(folder, { recursive: true });
    Deno.writeTextFileSync(`${folder}/status.json`, '{"kind": "gam"}');
    const { code, out, err } = await runToEnd("verify", ["7"], root);
    assertEquals(code, 1, err);
    assertStringIncludes(out, "5 checks, 4 missing, 1 wrong");
    assertStringIncludes(out, "│ wrong   │ status.json");
    assertStringIncludes(out, "│ missing │ config.json");
    const unknown = await runToEnd("verify", ["8"], root);
    assertEquals([unknown.code, unknown.err.startsWith("error: There is no run")], [1, true]);
  }));
