import { assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { UserError } from "../../src/base/errors.ts";
import { tf } from "../../src/engine/mod.ts";
import {
  checkpointNames,
  checkStored,
  digestState,
  readCheckpoint,
  readState,
  uploadTrainState,
  writeCheckpoint,
} from "../../src/train/checkpoint.ts";
import type { TrainState } from "../../src/train/state.ts";
import { startEngine } from "./tiny.ts";

await startEngine();

const shapes = {
  model: { "g.w": [2, 2], "d.w": [1] },
  moments: { "g.w.m": [2, 2], "g.w.v": [2, 2] },
  ema: { "g.w": [2, 2] },
};

const trainState = (): TrainState => ({
  model: { "g.w": tf.tensor2d([[0.1, -2], [3e-30, 4]]), "d.w": tf.tensor1d([1 / 3]) },
  moments: { "g.w.m": tf.ones([2, 2]), "g.w.v": tf.zeros([2, 2]) },
  ema: { "g.w": tf.fill([2, 2], 0.7) },
});

async function withFile(work: (path: string) => Promise<void> | void): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await work(`${folder}/last.safetensors`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("writeCheckpoint() and readCheckpoint() keep every bit, name and the metadata", () =>
  withFile(async (path) => {
    const stored = await readState(checkpointNames(trainState()));
    writeCheckpoint(path, stored, { step: "20" });
    const read = readCheckpoint(path);
    assertEquals(Object.keys(read.stored).sort(), ["adam.g.w.m", "adam.g.w.v", "d.w", "ema.g.w", "g.w"]);
    assertEquals(read.metadata.step, "20");
    assertEquals(digestState(read.stored), digestState(stored));
    const again = uploadTrainState(read.stored, shapes);
    assertEquals(await readState(checkpointNames(again)), stored);
  }));

Deno.test("uploadTrainState() gives the tensors in the declared order, not in the file's", () =>
  withFile(async (path) => {
    writeCheckpoint(path, await readState(checkpointNames(trainState())), {});
    assertEquals(Object.keys(uploadTrainState(readCheckpoint(path).stored, shapes).model), ["g.w", "d.w"]);
  }));

Deno.test("digestState() tells names, shapes and values apart, and not their order", async () => {
  const of = async (state: Record<string, tf.Tensor>) => digestState(await readState(state));
  const [a, b] = [tf.tensor1d([1, 2]), tf.tensor1d([3, 4])];
  const digest = await of({ a, b });
  assertEquals(await of({ b, a }), digest);
  assertNotEquals(await of({ a: b, b: a }), digest);
  assertNotEquals(await of({ a: a.reshape([2, 1]), b }), digest);
  assertNotEquals(await of({ a, c: b }), digest);
});

Deno.test("readCheckpoint() names the file when it is missing or cut short", () =>
  withFile(async (path) => {
    assertThrows(() => readCheckpoint(path), UserError, path);
    writeCheckpoint(path, await readState(checkpointNames(trainState())), {});
    const bytes = Deno.readFileSync(path);
    Deno.writeFileSync(path, bytes.subarray(0, bytes.length - 5));
    const error = assertThrows(() => readCheckpoint(path), UserError, path);
    assertEquals(error.message.includes("cut short"), true);
  }));

Deno.test("checkStored() names the first tensor in alphabetical order that differs", async () => {
  const stored = await readState(checkpointNames(trainState()));
  const wanted = checkpointNames(shapes);
  checkStored(stored, wanted, "x");
  const differs = (shapes: Record<string, number[]>, text: string) =>
    assertThrows(() => checkStored(stored, shapes, "runs/x/last.safetensors"), UserError, text);
  differs(
    { ...wanted, "g.w": [3, 2], "a.new": [1] },
    '"runs/x/last.safetensors" does not fit: it lacks the tensor "a.new"',
  );
  differs({ ...wanted, "g.w": [3, 2] }, 'holds "g.w" with shape [2,2], and this run needs [3,2]');
  const { "d.w": _, ...fewer } = wanted;
  differs(fewer, 'holds the tensor "d.w"');
});
