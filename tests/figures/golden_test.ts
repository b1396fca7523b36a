/**
 * CSV, text and specification of every table and chart for the made-up runs. `STORYLOOM_GOLDEN=write deno test …`
 * writes the expected files again after an intended change; read the difference before you commit it.
 */
import { assertEquals } from "@std/assert";
import { textFilesOf } from "../../src/figures/make.ts";
import { figureByName } from "../../src/figures/mod.ts";
import { ablationRuns, input, runOf } from "./fixture.ts";

const golden = new URL("golden/", import.meta.url);
const fid = "fid[inception-nsfwjs].test";
const runs = [...ablationRuns(), runOf({ number: 20, preset: "small", measured: { [fid]: 3 }, cpu: "Other CPU" })];
const f1 = "object-f1[classifier:01234567].val";
const curve = { 10: { [f1]: 40, [fid]: 4 }, 20: { [f1]: 50, [fid]: 3 } };
const withCurve = runOf({ number: 21, curve });
const ranked = runOf({ number: 22, curve, measured: { "object-f1[classifier:01234567].test": 49 } });
const inputs: Record<string, typeof runs> = { "learning-curve": [withCurve], leaderboard: [ranked] };

for (
  const name of [
    "table-1",
    "table-2",
    "table-3",
    "ablation",
    "training-curves",
    "learning-curve",
    "leaderboard",
    "fid-parameters",
    "fid-cost",
  ]
) {
  Deno.test(`${name} of made-up runs is equal to its golden files`, async () => {
    const files = textFilesOf(
      name,
      await figureByName(name).make(input(inputs[name] ?? runs)),
    );
    if (Deno.env.get("STORYLOOM_GOLDEN") === "write") {
      for (const [file, text] of Object.entries(files)) Deno.writeTextFileSync(new URL(file, golden), text);
    }
    const kept = [...Deno.readDirSync(golden)].map((entry) => entry.name).filter((file) => file.startsWith(`${name}.`));
    assertEquals(kept.sort(), Object.keys(files).sort());
    for (const [file, text] of Object.entries(files)) assertEquals(text, Deno.readTextFileSync(new URL(file, golden)));
  });
}
