import { assertEquals, assertThrows } from "@std/assert";
import { UserError } from "../../src/base/errors.ts";
import {
  entriesOf,
  type Provenance,
  readCurve,
  readMeasurements,
  writeCurve,
  writeMeasurements,
} from "../../src/records/evaluation.ts";
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

Deno.test("writeCurve() replaces numbers of the same name and step, and sorts by both", () =>
  withFolder((folder) => {
    const [fid, fsd] = ["fid[inception-nsfwjs].test", "fsd[r2plus1d-random.published].test"];
    const write = (name: string, step: number, value: number) => {
      const checkpoint = { name: `step-${step}` as const, step, state: "s" };
      writeCurve(folder, entriesOf([{ name, ...numbers(value) }], { ...provenance, checkpoint }));
    };
    write(fsd, 20, 1);
    write(fid, 100, 2);
    write(fid, 20, 3);
    write(fid, 100, 4);
    const points = readCurve(folder).map(({ name, checkpoint: { step }, value }) => [name, step, value]);
    assertEquals(points, [[fid, 20, 3], [fid, 100, 4], [fsd, 20, 1]]);
    assertEquals(readMeasurements(folder), {});
    Deno.writeTextFileSync(`${folder}/curve.jsonl`, '{"name":', { append: true });
    assertThrows(() => write(fid, 20, 5), UserError, "in line 4");
  }));
