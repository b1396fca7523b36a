/** Loops inside a program, and the LSTM that is one. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { lstmScan, type Tensor, tf } from "../../../../src/engine/mod.ts";
import type { XlaBackend } from "../../../../src/engine/xla/backend.ts";
import { literal, parameterNode } from "../../../../src/engine/xla/stablehlo/graph.ts";
import { loop, sliceAt, updateAt } from "../../../../src/engine/xla/stablehlo/loop.ts";
import { binary, convert, splat } from "../../../../src/engine/xla/stablehlo/ops.ts";
import { setPrecision } from "../../../../src/engine/xla/precision.ts";
import { list, memory, test } from "../on_xla.ts";

test("loop() carries values from step to step, slices what is given and fills what it returns", () => {
  const given = literal(Float32Array.of(3, 1, 4, 1, 5, 9), { shape: [2, 3], element: "f32" });
  const sums = loop(3, [splat(0, [2]), splat(0, [2, 3])], [given], 1, ({ at, carried, given }) => {
    const step = binary("multiply", sliceAt(given[0]!, 1, at), convert(at, "f32"));
    const sum = binary("add", carried[0]!, step);
    return [sum, updateAt(carried[1]!, 1, at, sum)];
  });
  const xla = tf.backend() as unknown as XlaBackend;
  const result = tf.engine().makeTensorFromTensorInfo(xla.wrap(sums));
  assertEquals(result.arraySync(), [[0, 1, 9], [0, 5, 23]]); // running sums of (3, 1, 4)·(0, 1, 2) and of (1, 5, 9)·(0, 1, 2)
  result.dispose();
});

test("loop() refuses a step that uses a value it was not given", () => {
  const outside = parameterNode(0, { shape: [], element: "f32" });
  assertThrows(
    () => loop(2, [splat(0)], [], 0, ({ carried }) => [binary("add", carried[0]!, outside)]),
    Error,
    "pass it as given",
  );
});

/** States and gradients of an LSTM of fixed numbers; 5 steps of 3 sequences, 4 units. */
function lstm(): number[] {
  return tf.tidy(() => {
    const wave = (...shape: number[]) => tf.sin(tf.mul(tf.range(0, shape.reduce((a, b) => a * b)), 1.3)).reshape(shape);
    const [projected, recurrent] = [wave(2, 5, 3, 16), wave(2, 4, 16)];
    const run = (p: Tensor, r: Tensor) => lstmScan(p, tf.ones([2, 5, 3, 1]), r);
    const gradients = tf.grads((p: Tensor, r: Tensor) => tf.sum(tf.square(run(p, r))))([projected, recurrent]);
    return [run(projected, recurrent), ...gradients].flatMap(list);
  });
}

test("products in a loop are computed in the precision asked for", () => {
  const exact = lstm();
  setPrecision("bfloat16", "cpu");
  try {
    const low = lstm();
    const furthest = Math.max(...low.map((value, i) => Math.abs(value - exact[i]!)));
    assert(furthest > 1e-4 && furthest < 0.05, `${furthest}`);
  } finally {
    setPrecision("float32", "cpu");
  }
  assertEquals(lstm(), exact);
});

test("lstmScan() leaves nothing behind but its result", () => {
  lstm();
  const before = memory();
  lstm();
  assertEquals(memory(), before);
  const inputs = [tf.ones([1, 2, 1, 4]), tf.ones([1, 2, 1, 1]), tf.ones([1, 1, 4])] as const;
  const states = lstmScan(...inputs);
  list(states);
  assertEquals(memory().numTensors, before.numTensors + inputs.length + 1);
  tf.dispose([...inputs, states]);
});
