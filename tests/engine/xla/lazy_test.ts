/** Outside `jit` the xla engine is lazy: values are computed when they are read, once, and freed with their tensors. */
import { assertAlmostEquals, assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { UserError } from "../../../src/base/errors.ts";
import { jit, type Tensor, tf } from "../../../src/engine/mod.ts";
import { startXla } from "../../../src/engine/xla/mod.ts";
import { counted, list, memory, plugin, test } from "./on_xla.ts";

test("tensors are read by data() as by dataSync()", async () => {
  const [x, flags] = [tf.tensor1d([1, 2, 3]), tf.tensor1d([1, 2, 3]).greater(1.5)];
  const y = tf.add(x, 1);
  assertEquals([...await y.data()], [2, 3, 4]);
  assertEquals(list(y), [2, 3, 4]);
  assertEquals([...await flags.data()], [0, 1, 1]);
  assertEquals([...await tf.tensor([], [0, 3]).data()], []);
  const late = tf.mul(x, 3);
  const reading = late.data();
  late.dispose(); // while the copy is under way
  assertEquals([...await reading], [3, 6, 9]);
  tf.dispose([x, y, flags]);
});

test("nothing runs until a value is read, and what the user holds is computed once", () => {
  tf.tidy(() => {
    const x = tf.tensor1d([1, 2, 3]);
    let shared: Tensor, sum: Tensor, top: Tensor;
    assertEquals(
      counted(() => {
        shared = tf.exp(x);
        sum = tf.sum(shared);
        top = tf.max(shared);
      }).executed,
      0,
    );
    assertEquals(counted(() => list(sum)).executed, 1);
    assertEquals(counted(() => list(shared)).executed, 0);
    // Of one family with the sum, and held: computed with it.
    assertEquals(counted(() => list(top)).executed, 0);
    const apart = tf.neg(x);
    assertEquals(counted(() => list(apart)).executed, 1);
    assertAlmostEquals(list(top!)[0]!, Math.exp(3), 1e-4);
  });
});

test("an expression that was compiled before is not compiled again", () => {
  const run = () =>
    tf.tidy(() => list(tf.sum(tf.mul(tf.tensor1d([1, 2, 3, 4, 5, 6, 7]), tf.tensor1d([2, 2, 2, 2, 2, 2, 2])))));
  assertEquals(run(), [56]);
  const again = counted(() => assertEquals(run(), [56]));
  assertEquals(again, { compiled: 0, executed: 1 });
});

test("a chain of 5,000 operations is computed without a read in between", () => {
  const before = memory();
  let x: Tensor = tf.scalar(0);
  for (let i = 0; i < 5000; i++) {
    const next = tf.add(x, 1);
    x.dispose();
    x = next;
  }
  assertEquals(list(x), [5000]);
  x.dispose();
  assertEquals(memory().numDeviceBuffers, before.numDeviceBuffers);
  assertEquals(memory().numTensors, before.numTensors);
});

test("every buffer is freed when its tensors are", () => {
  const before = memory();
  tf.tidy(() => {
    const x = tf.tensor2d([[1, 2], [3, 4]]);
    for (let i = 0; i < 5; i++) list(tf.softmax(tf.matMul(x, tf.add(x, i))));
    tf.transpose(x); // never read
    tf.grad((x) => tf.sum(tf.square(x)))(x).dataSync();
  });
  assertEquals({ ...memory(), numPrograms: 0 }, { ...before, numPrograms: 0 });
});

test("large values go to the device at once, so that the host need not keep them, and are copied", () => {
  const before = memory().numDeviceBuffers;
  for (const dtype of ["float32", "int32", "bool"] as const) {
    const values = new ({ float32: Float32Array, int32: Int32Array, bool: Uint8Array }[dtype])(70_000);
    values[1] = 1;
    const tensor = tf.tensor(values, [700, 100], dtype);
    assertEquals(memory().numDeviceBuffers, before + 1, dtype);
    values.fill(0);
    assertEquals(list(tensor).slice(0, 3), [0, 1, 0], dtype);
    tensor.dispose();
  }
  // Inside a traced function a value that is repeated becomes a constant of the program instead.
  const twos = jit(() => tf.mul(tf.ones([300, 300]), 2));
  assertEquals(new Set(tf.tidy(() => list(twos()))), new Set([2]));
  twos.dispose();
  assertEquals(memory().numDeviceBuffers, before);
});

test("values are copied when a tensor is made: writing over the array later changes nothing", () => {
  const values = Float32Array.of(1, 2, 3);
  const x = tf.tensor1d(values);
  const y = tf.add(x, 0);
  values.fill(9);
  const read = x.dataSync();
  assertEquals([...read], [1, 2, 3]);
  read.fill(7);
  assertEquals(list(x), [1, 2, 3]);
  assertEquals(list(y), [1, 2, 3]);
  tf.dispose([x, y]);
});

test("XLA's own words reach the user when a program does not compile", async () => {
  const { device } = await startXla(plugin!.path);
  const error = assertThrows(() => device.compile("foo", []), Error, "XLA could not compile");
  assertStringIncludes(error.message, "foo");
});

test("a dtype that xla has not is named", async () => {
  await assertRejects(() => Promise.resolve().then(() => tf.tensor(["a"])), UserError, "string");
});
