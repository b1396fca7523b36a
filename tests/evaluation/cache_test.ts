import { assertEquals, assertRejects } from "@std/assert";
import { computeCached, type Rows, storiesPerChunk } from "../../src/evaluation/cache.ts";
import { withFolder } from "../runs/help.ts";

const stories = 2 * storiesPerChunk + 3;
const numbers = (first: number, count: number) => Float32Array.from({ length: 2 * count }, (_, i) => 2 * first + i);

/** Makes counted numbers, and tells which stories were made. */
async function keep(folder: string, key = "a", wanted = stories, signal?: AbortSignal) {
  const made: string[] = [];
  const rows = await computeCached({ folder, key, stories: wanted, stage: "" }, (first, count): Promise<Rows> => {
    made.push(`${first}+${count}`);
    return Promise.resolve({ dtype: "F32", shape: [count, 2], data: numbers(first, count) });
  }, { signal });
  assertEquals(rows, { dtype: "F32", shape: [wanted, 2], data: numbers(0, wanted) });
  return made;
}

Deno.test("computeCached() makes what is not there, not whole or of another key, and nothing else", () =>
  withFolder(async (root) => {
    const folder = `${root}/parts`;
    const all = [`0+${storiesPerChunk}`, `${storiesPerChunk}+${storiesPerChunk}`, `${2 * storiesPerChunk}+3`];
    assertEquals(await keep(folder), all);
    assertEquals(await keep(folder), []);
    // Fewer stories are the first ones; more complete the last part.
    assertEquals(await keep(folder, "a", 5), []);
    assertEquals(await keep(folder, "a", stories + 2), [`${2 * storiesPerChunk}+5`]);

    const second = `${folder}/part-0001.safetensors`;
    const bytes = Deno.readFileSync(second);
    Deno.writeFileSync(second, bytes.subarray(0, bytes.length - 1));
    assertEquals(await keep(folder), [all[1]]);
    bytes[bytes.length - 1]! ^= 1;
    Deno.writeFileSync(second, bytes);
    assertEquals(await keep(folder), [all[1]]);
    assertEquals(await keep(folder, "b"), all);
  }));

Deno.test("computeCached() keeps the parts that were whole when it was ended", () =>
  withFolder(async (folder) => {
    const controller = new AbortController();
    let made = 0;
    await assertRejects(
      () =>
        computeCached({ folder, key: "a", stories, stage: "" }, (first, count): Promise<Rows> => {
          if (++made === 2) controller.abort(new Error("enough"));
          return Promise.resolve({ dtype: "F32", shape: [count, 2], data: numbers(first, count) });
        }, { signal: controller.signal }),
      Error,
      "enough",
    );
    assertEquals(await keep(folder), [`${2 * storiesPerChunk}+3`]);
  }));
