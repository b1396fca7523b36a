import { assertEquals } from "@std/assert";
import { openStoryFolders } from "../../src/data/files/story_folders.ts";
import type { EvaluationContext } from "../../src/evaluation/evaluators.ts";
import { exportStories } from "../../src/evaluation/export.ts";
import { evaluatePixels } from "../../src/evaluation/frames/pixels.ts";
import type { Gallery } from "../../src/evaluation/gallery.ts";
import { readInspection, readStrip, stripFile, writeInspection } from "../../src/records/inspection.ts";
import { withFolder } from "../runs/help.ts";

/** Stories of two frames of 8×8 in the natural order of their folders. */
function gallery(ids: string[], seed: number): Gallery {
  const size = 2 * 8 * 8 * 3;
  const bytes = Uint8Array.from({ length: ids.length * size }, (_, i) => (i * i * seed + 31 * i) % 251);
  return {
    ids,
    frames: 2,
    height: 8,
    width: 8,
    read: (first, count) => bytes.slice(first * size, (first + count) * size),
  };
}

const context = (real: Gallery, generated: Gallery) =>
  ({
    real,
    generated,
    protocol: { split: "test", remarks: [], stories: 4, frames: 2, paired: false, seed: 1, bootstrap: 20 },
    batch: 3,
    watch: {},
  }) as unknown as EvaluationContext; // networks and caches are not read for pixels

Deno.test("exported stories have the ids and numbers of the run, also with ids that are paths or lead out of the folder", () =>
  withFolder(async (root) => {
    const ids = ["../../out", "Pororo/ep1/2", "Pororo/ep1/10", "Zoë"];
    const [real, drawn] = [gallery(ids, 7), gallery(ids, 11)];
    await exportStories(`${root}/deep/er/real`, real, "", {});
    await exportStories(`${root}/deep/er/drawn`, drawn, "", {});
    assertEquals([...Deno.readDirSync(root)].map(({ name }) => name), ["deep"]);
    const [readReal, readDrawn] = [
      await openStoryFolders(`${root}/deep/er/real`),
      await openStoryFolders(`${root}/deep/er/drawn`),
    ];
    assertEquals(readDrawn.ids, ids);
    assertEquals(await readDrawn.read(0, 4), drawn.read(0, 4));
    const ofFolders = await evaluatePixels(context(readReal, readDrawn));
    assertEquals(ofFolders, await evaluatePixels(context(real, drawn)));
    assertEquals(ofFolders.some(({ name }) => name.startsWith("colour-match")), true);
  }));

Deno.test("strips of an inspection lie in its folder, whatever the id of the story", () =>
  withFolder((run) => {
    const ids = ["Pororo/ep1/2", "../../escaped", "test-00195"];
    const strips = new Map(ids.map((id, i) => [stripFile(id, "drawn"), Uint8Array.of(i)]));
    const inspection = { stories: { stories: [] }, selectors: {}, attention: {}, failures: {} };
    writeInspection(run, inspection as unknown as Parameters<typeof writeInspection>[1], strips);
    const found = readInspection(run);
    assertEquals(ids.map((id) => [...readStrip(found, id, "drawn")]), [[0], [1], [2]]);
    assertEquals([...Deno.readDirSync(run)].map(({ name }) => name), ["inspection"]);
    assertEquals(stripFile("test-00195", "real"), "test-00195.real.png"); // as in every earlier record
  }));
