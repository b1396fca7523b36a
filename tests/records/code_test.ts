import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { presentCode, withinLimits } from "../../src/records/code.ts";
import { withFolder } from "../runs/help.ts";

const part = (path: string, bytes: number) => {
  const head = `diff --git a/${path} b/${path}\n`;
  return head + "+".padEnd(bytes - head.length - 1, "x") + "\n";
};

Deno.test("withinLimits() keeps the order, and names the largest files that exceed the limits", () => {
  const [a, b, c] = [part("a.ts", 100), part("big é.ts", 900), part("c.ts", 200)];
  assertEquals(withinLimits([a, b, c], { file: 1000, all: 2000 }), a + b + c);
  // Two bytes of é each: in UTF-8.
  assertEquals(
    withinLimits([a, b, c], { file: 500, all: 2000 }),
    `${a}# not kept, 902 bytes of changes: big é.ts\n${c}`,
  );
  assertEquals(withinLimits([c, a], { file: 1000, all: 150 }), `# not kept, 200 bytes of changes: c.ts\n${a}`);
});

Deno.test("the uncommitted difference has changed and new code, and nothing of figures and runs", () =>
  withFolder((root) => {
    const git = (...args: string[]) => {
      const settings = ["-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "core.hooksPath=/dev/null"];
      const { success } = new Deno.Command("git", { args: ["-C", root, ...settings, ...args] }).outputSync();
      assert(success, args.join(" "));
    };
    const write = (path: string, text: string) => Deno.writeTextFileSync(`${root}/${path}`, text);
    for (const folder of ["src", "figures", "runs"]) Deno.mkdirSync(`${root}/${folder}`);
    write("src/a.ts", "one\ntwo\n");
    write("figures/a.svg", "old\n");
    git("init", "-q");
    git("add", "-A");
    git("commit", "-qm", "first");
    assertEquals(presentCode(root).diff, "");

    write("figures/a.svg", "new\n".repeat(100_000));
    write("figures/b.svg", "new\n");
    write("runs/x.json", "{}\n");
    assertEquals(presentCode(root).diff, "", "generated files alone are no change of the code");

    write("src/a.ts", "one\nthree\n");
    write("src/zoë.ts", "four\n");
    write("src/data.bin", "\0");
    write("src/large.txt", "x".repeat((1 << 20) + 1));
    const { diff } = presentCode(root);
    assertStringIncludes(diff, "-two\n+three\n");
    assertStringIncludes(diff, "+++ b/src/zoë.ts\n@@ -0,0 +1,1 @@\n+four\n");
    assertStringIncludes(diff, "# not kept, not text: src/data.bin\n");
    assertStringIncludes(diff, "# not kept, 1048577 bytes: src/large.txt\n");
    assertEquals(/figures|runs/.test(diff), false);

    // With the lines about files that are not kept, the difference still restores the others.
    write("change.diff", diff);
    git("stash", "-qu", "--", "src");
    git("apply", "change.diff");
    assertEquals(Deno.readTextFileSync(`${root}/src/a.ts`), "one\nthree\n");
    assertEquals(Deno.readTextFileSync(`${root}/src/zoë.ts`), "four\n");
    return Promise.resolve();
  }));
