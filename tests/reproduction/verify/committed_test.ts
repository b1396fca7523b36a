/** The committed records are whole, untouched, and made by the commits that they name. */
import { assertEquals, assertGreater } from "@std/assert";
import { referenceRoot } from "../../../src/records/read.ts";
import { runsToVerify, verifyRun } from "../../../src/reproduction/verify/run.ts";

Deno.test("every record in runs/reference passes deno task verify", async () => {
  const folders = runsToVerify([referenceRoot]);
  assertGreater(folders.length, 0);
  for (const folder of folders) {
    assertEquals((await verifyRun(folder)).filter(({ result }) => result !== "ok"), [], folder);
  }
});
