import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { taskProcess } from "../../../src/base/tasks.ts";
import { projectRoot } from "../../../src/base/files.ts";
import { enterUserFolder, recordedPaths } from "../../../src/cli/common/paths.ts";
import { withFolder } from "../../runs/help.ts";

/** Runs `work` in a folder with these variables of the environment, and restores both. */
function standing(folder: string, variables: Record<string, string>, work: () => void): void {
  const names = Object.keys(variables);
  const before = { cwd: Deno.cwd(), values: names.map((name) => Deno.env.get(name)) };
  for (const name of names) Deno.env.set(name, variables[name]!);
  Deno.chdir(folder);
  try {
    work();
  } finally {
    Deno.chdir(before.cwd);
    names.forEach((name, i) =>
      before.values[i] === undefined ? Deno.env.delete(name) : Deno.env.set(name, before.values[i])
    );
  }
}

Deno.test("enterUserFolder() goes where deno task was started, and nowhere from another folder", () =>
  withFolder((root) => {
    const folder = Deno.realPathSync(root);
    const variables = { INIT_CWD: folder, STORYLOOM_RUNS: "mine", STORYLOOM_PROGRAM_CACHE: "off" };
    standing(projectRoot, variables, () => {
      enterUserFolder();
      assertEquals(Deno.cwd(), folder);
      assertEquals(Deno.env.get("STORYLOOM_RUNS"), `${folder}/mine`);
      assertEquals(Deno.env.get("STORYLOOM_PROGRAM_CACHE"), "off");
    });
    standing(`${projectRoot}/docs`, { INIT_CWD: folder }, () => {
      enterUserFolder();
      assertEquals(Deno.cwd(), Deno.realPathSync(`${projectRoot}/docs`));
    });
  }));

Deno.test("a task reads and writes relative paths where the user stands, and prints the full path", () =>
  withFolder(async (root) => {
    const folder = Deno.realPathSync(root);
    const run = async (name: string, args: string[]) => {
      const { args: started, env } = taskProcess(name, args);
      const { stdout } = await new Deno.Command(Deno.execPath(), {
        args: started,
        cwd: projectRoot, // as `deno task` does
        env: { ...env, INIT_CWD: folder, NO_COLOR: "1" },
      }).output();
      return new TextDecoder().decode(stdout);
    };
    assertStringIncludes(await run("figures", ["table-1", "--out", "here"]), `in ${folder}/here\n`);
    assert(Deno.statSync(`${folder}/here/table-1.svg`).isFile);
  }));

Deno.test("recordedPaths() writes files of settings from the project's folder, others in full", () => {
  standing(`${projectRoot}/docs`, {}, () => {
    assertEquals(
      recordedPaths(["text.glove=../data/glove.txt", "text.towerWeights=/a/b.pth", "seed=1", "text.glove="]),
      ["text.glove=data/glove.txt", "text.towerWeights=/a/b.pth", "seed=1", "text.glove="],
    );
    assertEquals(recordedPaths(["text.glove=../../g.txt"])[0]!.startsWith("text.glove=/"), true);
  });
});
