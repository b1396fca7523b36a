import { assertEquals, assertThrows } from "@std/assert";
import { UserError } from "../../src/base/errors.ts";
import { entriesOf, type Provenance, readMeasurements, writeMeasurements } from "../../src/records/evaluation.ts";
import { withFolder } from "../runs/help.ts";

const provenance: Provenance = {
  networks: { "inception-nsfwjs": "a", "r2plus1d-random.published": "b" },
  seed: 1,
  bootstrap: 0,
  engine: { name: "xla", version: "1", threads: 2, precision: "float32" },
  commit: null,
  code: "c",
};
const numbers = (value: number) => ({ value, stories: 4, frames: 20 });

Deno.test("writeMeasurements() keeps the newest number of every name, and every line", () =>
  withFolder((folder) => {
    const [fid, fsd] = ["fid[inception-nsfwjs].test", "fsd[r2plus1d-random.published].test"];
    const write = (name: string, value: number) =>
      writeMeasurements(folder, entriesOf([{ name, ...numbers(value) }], provenance));
    write(fsd, 1);
    write(fid, 2);
    write(fid, 3);
    const entries = readMeasurements(folder);
    assertEquals(Object.keys(entries), [fid, fsd]);
    assertEquals(entries[fid], { ...numbers(3), ...provenance, networks: { "inception-nsfwjs": "a" } });
    const lines = Deno.readTextFileSync(`${folder}/metric-fid.jsonl`).trimEnd().split("\n").map((line) =>
      JSON.parse(line)
    );
    assertEquals(lines.map(({ name, value }) => [name, value]), [[fid, 2], [fid, 3]]);

    Deno.writeTextFileSync(`${folder}/metrics.json`, "[]");
    assertThrows(() => write(fid, 4), UserError, "holds no metrics by name");
  }));
