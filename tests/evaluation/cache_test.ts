import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { type CachedTensor, computeCached, storiesPerChunk } from "../../src/evaluation/cache.ts";
import { withFolder } from "../runs/help.ts";

const stories = 2 * storiesPerChunk + 3;
const numbers = (first: number, count: number) => Float32Array.from({ length: 2 * count }, (_, i) => 2 * first + i);

/** Computes known numbers through the cache; returns which stories were computed. */
async function compute(folder: string, key = "a", wanted = stories, signal?: AbortSignal) {
  const computed: string[] = [];
  const tensor = await computeCached(
    { folder, key, stories: wanted, stage: "" },
    (first, count): Promise<CachedTensor> => {
      computed.push(`${first}+${count}`);
      return Promise.resolve({ dtype: "F32", shape: [count, 2], data: numbers(first, count) });
    },
    { signal },
  );
  assertEquals(tensor, { dtype: "F32", shape: [wanted, 2], data: numbers(0, wanted) });
  return computed;
}

Deno.test("computeCached() computes what is missing, damaged or of another key, and nothing else", () =>
  withFolder(async (root) => {
    const folder = `${root}/chunks`;
    const all = [`0+${storiesPerChunk}`, `${storiesPerChunk}+${storiesPerChunk}`, `${2 * storiesPerChunk}+3`];
    assertEquals(await compute(folder), all);
    assertEquals(await compute(folder), []);
    // Fewer stories are the first ones; more stories complete the last chunk.
    assertEquals(await compute(folder, "a", 5), []);
    assertEquals(await compute(folder, "a", stories + 2), [`${2 * storiesPerChunk}+5`]);

    const second = `${folder}/part-0001.safetensors`;
    const bytes = Deno.readFileSync(second);
    Deno.writeFileSync(second, bytes.subarray(0, bytes.length - 1));
    assertEquals(await compute(folder), [all[1]]);
    bytes[bytes.length - 1]! ^= 1;
    Deno.writeFileSync(second, bytes);
    assertEquals(await compute(folder), [all[1]]);
    assertEquals(await compute(folder, "b"), all);
  }));

Deno.test("computeCached() goes on without a cache that cannot be kept or read, and says so once", () =>
  withFolder(async (root) => {
    Deno.writeTextFileSync(`${root}/file`, ""); // in the place of a folder; root may write into read-only folders
    Deno.mkdirSync(`${root}/chunks/part-0000.safetensors`, { recursive: true });
    for (const [folder, why] of [["file", "cannot make the folder"], ["chunks", "it is a folder"]]) {
      const said: string[] = [];
      const tensor = await computeCached(
        { folder: `${root}/${folder}`, key: "a", stories, stage: "features" },
        (first, count) => Promise.resolve({ dtype: "F32", shape: [count, 2], data: numbers(first, count) }),
        { say: (text) => said.push(text) },
      );
      assertEquals(tensor.data, numbers(0, stories));
      assertEquals(said.length, 1);
      assertStringIncludes(said[0]!, "features: not kept for a later evaluation");
      assertStringIncludes(said[0]!, why!);
    }
  }));

Deno.test("computeCached() keeps the chunks that were complete when it was stopped", () =>
  withFolder(async (folder) => {
    const controller = new AbortController();
    let computed = 0;
    await assertRejects(
      () =>
        computeCached({ folder, key: "a", stories, stage: "" }, (first, count): Promise<CachedTensor> => {
          if (++computed === 2) controller.abort(new Error("enough"));
          return Promise.resolve({ dtype: "F32", shape: [count, 2], data: numbers(first, count) });
        }, { signal: controller.signal }),
      Error,
      "enough",
    );
    assertEquals(await compute(folder), [`${2 * storiesPerChunk}+3`]);
  }));
