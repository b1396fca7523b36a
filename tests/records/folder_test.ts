import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { UserError } from "../../src/base/errors.ts";
import { createRunFolder, findRun, listRuns } from "../../src/records/folder.ts";
import { withFolder } from "../runs/help.ts";

Deno.test("createRunFolder() takes the next number and makes the sub-folders", () =>
  withFolder((root) => {
    assertEquals(createRunFolder(`${root}/runs`, "ours-tiny-clipart"), `${root}/runs/0001-ours-tiny-clipart`);
    Deno.mkdirSync(`${root}/runs/0041-other`);
    const folder = createRunFolder(`${root}/runs`, "ours");
    assertEquals(folder, `${root}/runs/0042-ours`);
    assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name).sort(), ["checkpoints", "samples"]);
    assertEquals(listRuns(`${root}/runs`).map(({ number }) => number), [1, 41, 42]);
  }));

Deno.test("createRunFolder() gives every process its own number when several start at once", () =>
  withFolder(async (root) => {
    const code = `import { createRunFolder } from ${JSON.stringify(import.meta.resolve("../../src/records/folder.ts"))};
      for (let i = 0; i < 5; i++) createRunFolder(${JSON.stringify(root)}, "run" + Deno.pid);`;
    const start = () => new Deno.Command(Deno.execPath(), { args: ["eval", "--no-check", code] }).output();
    const results = await Promise.all([start(), start(), start()]);
    assertEquals(results.map(({ code }) => code), [0, 0, 0]);
    assertEquals(listRuns(root).map(({ number }) => number), Array.from({ length: 15 }, (_, i) => i + 1));
  }));

Deno.test("createRunFolder() refuses a name that is no file name, and a root that cannot be written", () =>
  withFolder((root) => {
    for (const name of ["a/b", "", "../x"]) {
      assertThrows(() => createRunFolder(root, name), UserError, "cannot be called");
    }
    Deno.writeTextFileSync(`${root}/file`, "");
    assertThrows(() => createRunFolder(`${root}/file`, "run"), UserError, "Cannot make a run folder");
  }));

Deno.test("findRun() finds a run by folder, name and number, and names the nearest one elsewhere", () =>
  withFolder((root) => {
    const folder = createRunFolder(root, "ours-tiny-clipart");
    for (const text of [`${folder}/`, "0001-ours-tiny-clipart", "1", "0001"]) assertEquals(findRun(text, root), folder);
    assertThrows(
      () => findRun("../none", root),
      UserError,
      `There is no folder "${Deno.cwd().replace(/\/[^/]*$/, "")}/none"`,
    );
    const error = assertThrows(() => findRun("0001-ours-tny", root), UserError);
    assertStringIncludes(error.message, 'nearest name is "0001-ours-tiny-clipart"');
    assertThrows(() => findRun("3", `${root}/none`), UserError, "holds no runs yet");
  }));
