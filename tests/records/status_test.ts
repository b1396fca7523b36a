import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { UserError } from "../../src/base/errors.ts";
import { isLocked, lockRun, readStatus, runningStatus, writeStatus } from "../../src/records/status.ts";
import { withFolder } from "../runs/help.ts";

/** A process that holds the lock of `folder` until it is killed. */
async function holder(folder: string): Promise<Deno.ChildProcess> {
  const code = `import { lockRun, runningStatus, writeStatus } from ${
    JSON.stringify(import.meta.resolve("../../src/records/status.ts"))
  };
    lockRun(${JSON.stringify(folder)}); writeStatus(${JSON.stringify(folder)}, runningStatus("gan", 3, 9));
    console.log("held"); setTimeout(() => {}, 60_000);`;
  const child = new Deno.Command(Deno.execPath(), { args: ["eval", "--no-check", code], stdout: "piped" }).spawn();
  const reader = child.stdout.getReader();
  assertStringIncludes(new TextDecoder().decode((await reader.read()).value), "held");
  await reader.cancel();
  return child;
}

Deno.test("lockRun() refuses the folder of a running process, and takes over that of a killed one", () =>
  withFolder(async (folder) => {
    const other = await holder(folder);
    const error = assertThrows(() => lockRun(folder), UserError);
    assertStringIncludes(error.message, `in use by process ${other.pid}`);
    assert(isLocked(folder));
    other.kill("SIGKILL");
    await other.status;
    assert(!isLocked(folder));
    assertEquals(readStatus(folder).state, "running"); // which is how one sees that it was killed
    lockRun(folder)();
  }));

Deno.test("lockRun() refuses a second lock within one process until the first is released", () =>
  withFolder((folder) => {
    const release = lockRun(folder);
    assertThrows(() => lockRun(folder), UserError, "in use");
    release();
    lockRun(folder)();
  }));

Deno.test("readStatus() returns what was written and refuses other files", () =>
  withFolder((folder) => {
    assertThrows(() => readStatus(folder), UserError, "status.json");
    const status = runningStatus("damsm", 4, 10);
    writeStatus(folder, status);
    assertEquals(readStatus(folder), status);
    assertEquals(status.pid, Deno.pid);
    Deno.writeTextFileSync(`${folder}/status.json`, `{"kind": "dance"}`);
    assertThrows(() => readStatus(folder), UserError, "no status of a run");
  }));
