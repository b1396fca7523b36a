/** What `jit` says about wrong inputs, wrong shapes, and reading a tensor that has no value yet. */
import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { UserError } from "../../../src/base/errors.ts";
import { jit, type JitOptions, type Tensor, tf, type Tree } from "../../../src/engine/mod.ts";
import { memory, plugin, test } from "./on_xla.ts";

/** Calls a jit function with inputs that are disposed afterwards, and gives the error's message. */
function messageOf(
  f: (...args: Tree[]) => Tree,
  args: () => Tree[],
  options: JitOptions = {},
  kind = UserError,
): string {
  const compiled = jit(f, { name: "step", ...options });
  const message = tf.tidy(() => assertThrows(() => compiled(...args()), kind).message);
  compiled.dispose();
  return message;
}

/** Both ways of running a function must refuse the same. */
function onBoth(name: string, fn: () => void): void {
  test(`${name} (xla)`, fn);
  Deno.test(`${name} (cpu)`, async () => {
    await tf.setBackend("cpu");
    try {
      fn();
    } finally {
      if (plugin) await tf.setBackend("xla");
    }
  });
}

type Batch = { batch: { images: Tensor; mask?: Tensor } };
const total = (...[arg]: Tree[]) => tf.sum((arg as Batch).batch.images);

onBoth("jit() names an input that was disposed", () => {
  const gone = () => {
    const images = tf.ones([2]);
    images.dispose();
    return [{ batch: { images } }];
  };
  assertEquals(messageOf(total, gone), 'Input "batch.images" of step was disposed before the call.');
});

onBoth("jit() names an input that is no tensor", () => {
  const number = () => [{ rate: 3 } as unknown as Tree];
  assertEquals(
    messageOf(total, number),
    'Input "rate" of step is 3, and must be a tensor, e.g. tf.scalar(…).',
  );
  assertStringIncludes(
    messageOf(total, () => [{ batch: undefined } as unknown as Tree]),
    '"batch" of step is undefined',
  );
});

onBoth("jit() of fixed shapes names the first input that differs from the first call", () => {
  const compiled = jit(total, { name: "step", fixed: true });
  const call = (images: Tensor, more: Record<string, Tensor> = {}) => compiled({ batch: { images, ...more } });
  tf.tidy(() => {
    call(tf.ones([12, 5]));
    call(tf.ones([12, 5]));
    const refused = (f: () => Tree) => assertThrows(f, UserError).message;
    assertStringIncludes(
      refused(() => call(tf.ones([3, 5]))),
      'Input "batch.images" of step is float32 [3,5], was float32 [12,5].',
    );
    assertStringIncludes(refused(() => call(tf.ones([12, 5], "int32"))), "is int32 [12,5], was float32 [12,5]");
    assertStringIncludes(
      refused(() => call(tf.ones([12, 5]), { mask: tf.ones([2]) })),
      'Input "batch.mask" of step is new, float32 [2]',
    );
    assertStringIncludes(refused(() => compiled({ batch: {} })), 'Input "batch.images" of step is missing');
    call(tf.ones([12, 5])); // and goes on as before
  });
  compiled.dispose();
});

/** Adds a third of its inputs to a product of the others; ten more are carried along. */
const layer = (...args: Tree[]) => {
  const [x, { weights, bias }] = args as [Tensor, { weights: Tensor; bias: Tensor }];
  return tf.add(tf.matMul(x, weights), bias);
};
const layerInputs = (weights: number[], bias: number[]) => () => {
  const others = Array.from({ length: 10 }, (_, i) => [`other${i}`, tf.ones([4])] as const);
  return [tf.ones([1, 3]), { ...Object.fromEntries(others), weights: tf.ones(weights), bias: tf.ones(bias) }];
};

onBoth("jit() tells what a function was called with when tfjs refuses a shape", () => {
  const convolve = (...[x, kernel]: Tree[]) => tf.conv2d(x as tf.Tensor4D, kernel as tf.Tensor4D, 1, "same");
  const message = messageOf(convolve, () => [tf.ones([1, 5, 5, 3]), tf.ones([2, 2, 4, 1])], {}, Error as never);
  assertStringIncludes(
    message,
    "step failed: Error in conv2d: depth of input (3) must match input depth for filter 4. ",
  );
  assertStringIncludes(message, "Its inputs: 1 float32 [1,5,5,3], 2 float32 [2,2,4,1].");
});

test("jit() tells operation and inputs when XLA refuses their shapes, and leaves nothing behind", () => {
  const before = memory();
  const message = messageOf(layer, layerInputs([4, 2], [2]), {}, Error as never);
  assertStringIncludes(message, "step failed: BatchMatMul of [1,3] and [4,2]: contracting dimension sizes must match");
  assertStringIncludes(message, 'Its inputs: 1 float32 [1,3], "weights" float32 [4,2], ');
  assertStringIncludes(message, " and 5 more.");
  assertEquals(memory(), before);
});

test("jit() names an input that the engine cannot take", async () => {
  await tf.setBackend("cpu");
  const [words, foreign] = [tf.tensor1d(["a", "b"]), tf.ones([2])];
  await tf.setBackend("xla");
  assertEquals(
    messageOf(total, () => [{ batch: { images: words } }]),
    'Input "batch.images" of step has dtype string; the xla engine has float32, int32 and bool.',
  );
  assertStringIncludes(
    messageOf(total, () => [{ batch: { images: foreign } }]),
    'Input "batch.images" of step was created on another engine',
  );
});

for (
  const [how, f, operation] of [
    ["dataSync()", (x) => tf.mul(x, tf.softmax(x).dataSync()[0]!), "A result of Softmax"],
    ["arraySync()", (x) => tf.mul(x, (tf.exp(x).arraySync() as number[])[0]!), "A result of Exp"],
    ["print()", (x) => (tf.exp(x).print(), x), "A result of Exp"],
    ["a read of an argument", (x) => tf.mul(x, x.dataSync()[0]!), "An argument"],
    ["data() that nobody awaits", (x) => (void tf.exp(x).data(), x), "A result of Exp"],
    ["await data()", (async (x: Tensor) => tf.mul(x, (await tf.exp(x).data())[0]!)) as never, "A result of Exp"],
    [
      "await array()",
      (async (x: Tensor) => tf.mul(x, (await tf.exp(x).array() as number[])[0]!)) as never,
      "A result of Exp",
    ],
    ["whereAsync()", ((x: Tensor) => tf.whereAsync(tf.greater(x, 0))) as never, "A result of Greater"],
  ] satisfies [string, (x: Tensor) => Tensor, string][]
) {
  test(`jit() names the operation whose result is read inside, by ${how}`, () => {
    const message = messageOf((...[x]) => (f as (x: Tensor) => Tensor)(x as Tensor), () => [tf.tensor1d([1, 2])]);
    assertStringIncludes(message, `${operation} was read inside a jit function`);
    assertStringIncludes(message, "Return the tensor from the function");
  });
}

test("jit() refuses an async function that reads nothing", () => {
  // deno-lint-ignore require-await -- the mistake that is tested
  const message = messageOf((async (x: Tree) => tf.add(x as Tensor, 1)) as never, () => [tf.ones([2])]);
  assertStringIncludes(message, "step is async");
});
