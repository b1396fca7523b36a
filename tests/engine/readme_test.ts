/** The example of the engine's readme, run as printed. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { projectRoot } from "../../src/base/files.ts";

const page = Deno.readTextFileSync(join(projectRoot, "src/engine/readme.md"));

Deno.test("the example in the engine's readme passes the type check and prints what the page says", async () => {
  const examples = [...page.matchAll(/```ts\n([^]*?)```/g)].map(([, code]) => code!);
  assertEquals(examples.length, 1);
  const printed = /It prints `([^`]+)`/.exec(page)![1]!;
  // From standard input, so that its imports start in the project folder.
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", "--check", "-A", "-"],
    cwd: projectRoot,
    env: { NO_COLOR: "1" },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  });
  await using program = command.spawn();
  const writer = program.stdin.getWriter();
  await writer.write(new TextEncoder().encode(examples[0]));
  await writer.close();
  const { code, stdout, stderr } = await program.output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  assertEquals([code, text(stdout)], [0, `${printed}\n`], text(stderr));
});

Deno.test("the engine's readme names every file and folder of the room", () => {
  for (const { name } of Deno.readDirSync(join(projectRoot, "src/engine"))) {
    if (name !== "readme.md") assertStringIncludes(page, `\`${name}`);
  }
  for (const { name, isDirectory } of Deno.readDirSync(join(projectRoot, "src/engine/xla"))) {
    if (isDirectory || name !== "mod.ts") assertStringIncludes(page, `\`${name}`);
  }
  assert(page.length < 5000);
});
