/** `jit` on xla: one compiled program for each shape, with donated state. */
import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertNotEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { UserError } from "../../../src/base/errors.ts";
import { disposeTree, jit, type State, type Tensor, tf, valueAndGradients } from "../../../src/engine/mod.ts";
import { compileListeners } from "../../../src/engine/xla/mod.ts";
import { list, memory, test } from "./on_xla.ts";

/** One step of gradient descent on a small regression. */
function step(state: State, x: Tensor): { state: State; loss: Tensor } {
  const loss = (p: State): [Tensor, State] => [tf.mean(tf.square(tf.sub(tf.matMul(x, p.w!), p.b!))), {}];
  const { value, gradients } = valueAndGradients(loss, state);
  const next = Object.fromEntries(Object.entries(state).map(([k, v]) => [k, tf.sub(v, tf.mul(0.1, gradients[k]!))]));
  return { state: next, loss: value };
}
const startState = () => ({ w: tf.tensor2d([[1, 2], [3, 4], [5, 6]]), b: tf.tensor1d([0.5, -0.5]) });
const input = () => tf.tensor2d([[1, 0, -1], [0.5, 2, 1]]);

test("jit() gives what the function gives without it", () => {
  tf.tidy(() => {
    const compiled = jit(step);
    const eager = step(startState(), input());
    const jitted = compiled(startState(), input());
    assertAlmostEquals(list(jitted.loss)[0]!, list(eager.loss)[0]!, 1e-5);
    for (const [i, value] of list(jitted.state.w!).entries()) assertAlmostEquals(value, list(eager.state.w!)[i]!, 1e-5);
    compiled.dispose();
  });
});

test("jit() carries donated state through 50 calls in constant memory", () => {
  const compiled = jit(step, { donate: [0] });
  const x = input();
  let state: State = startState();
  let held: ReturnType<typeof memory> | undefined;
  for (let i = 0; i < 50; i++) {
    const before: State = state;
    const result = compiled(state, x);
    assert(Object.values(before).every((tensor) => tensor.isDisposed));
    state = result.state;
    result.loss.dispose();
    if (i === 1) held = memory();
  }
  assertEquals(memory(), held);
  assert(list(state.w!).every(Number.isFinite));
  disposeTree(state);
  x.dispose();
  compiled.dispose();
});

test("jit() leaves nothing behind when all is disposed", () => {
  const before = memory();
  const compiled = jit(step);
  const [state, x] = [startState(), input()];
  const result = compiled(state, x);
  disposeTree(result);
  disposeTree(state);
  x.dispose();
  assertEquals(memory(), { ...before, numPrograms: before.numPrograms + 1 });
  compiled.dispose();
  assertEquals(memory(), before);
});

test("jit() does not use up a donated tensor's memory while a clone shares it", () => {
  const compiled = jit((x: Tensor) => tf.add(x, 1), { donate: [0] });
  const x = tf.tensor1d([1, 2, 3]);
  const clone = x.clone();
  const y = compiled(x);
  assert(x.isDisposed);
  assertEquals(list(clone), [1, 2, 3]);
  assertEquals(list(y), [2, 3, 4]);
  tf.dispose([clone, y]);
  compiled.dispose();
});

test("jit() does not use up a donated tensor's memory while an operation waits for it", () => {
  const compiled = jit((x: Tensor) => tf.add(x, 1), { donate: [0] });
  const x = tf.tensor1d([1, 2, 3]);
  const later = tf.mul(x, 10);
  const y = compiled(x);
  assertEquals(list(later), [10, 20, 30]);
  assertEquals(list(y), [2, 3, 4]);
  tf.dispose([later, y]);
  compiled.dispose();
});

test("jit() takes one tensor at two places, one of them donated", () => {
  const compiled = jit((a: Tensor, b: Tensor) => [tf.add(a, 1), tf.mul(b, 2)], { donate: [0] });
  const x = tf.tensor1d([1, 2]);
  const [y, z] = compiled(x, x);
  assertEquals([list(y!), list(z!)], [[2, 3], [2, 4]]);
  tf.dispose([y!, z!]);
  compiled.dispose();
});

test("jit() gives two results with one value separate handles", () => {
  const compiled = jit((x: Tensor) => {
    const y = tf.mul(x, 2);
    return { first: y, second: y, third: tf.mul(x, 2) };
  });
  const x = tf.tensor1d([1, 2]);
  const { first, second, third } = compiled(x);
  first.dispose();
  assertEquals(list(second), [2, 4]);
  second.dispose();
  assertEquals(list(third), [2, 4]);
  tf.dispose([x, third]);
  compiled.dispose();
});

test("jit() passes an argument through as a result of its own", () => {
  const compiled = jit((x: Tensor, y: Tensor) => [x, tf.add(x, y)]);
  const [x, y] = [tf.tensor1d([1, 2]), tf.tensor1d([10, 20])];
  const [same, sum] = compiled(x, y);
  x.dispose();
  assertEquals(list(same!), [1, 2]);
  assertEquals(list(sum!), [11, 22]);
  tf.dispose([y, same!, sum!]);
  compiled.dispose();
});

test("jit() passes a donated argument through", () => {
  const compiled = jit((x: Tensor, y: Tensor) => [x, tf.add(x, y)], { donate: [0] });
  const y = tf.tensor1d([10, 20]);
  const [same, sum] = compiled(tf.tensor1d([1, 2]), y);
  assertEquals(list(same!), [1, 2]);
  assertEquals(list(sum!), [11, 22]);
  tf.dispose([y, same!, sum!]);
  compiled.dispose();
});

test("jit() keeps a tensor that the function takes from outside", () => {
  const outer = tf.tensor1d(Array.from({ length: 100 }, (_, i) => i));
  const computed = tf.square(outer);
  const compiled = jit((x: Tensor) => tf.sum(tf.mul(x, tf.add(outer, computed))));
  const x = tf.ones([100]);
  const first = compiled(x);
  tf.dispose([outer, computed]);
  const second = compiled(x);
  assertEquals(list(first), [4950 + 328350]);
  assertEquals(list(second), [4950 + 328350]);
  const { numDeviceBuffers } = memory();
  tf.dispose([x, first, second]);
  compiled.dispose();
  assert(memory().numDeviceBuffers < numDeviceBuffers - 2);
});

test("jit() compiles once for each combination of shapes", () => {
  const names: string[] = [];
  const listener = ({ name }: { name: string }) => names.push(name);
  compileListeners.add(listener);
  const compiled = jit((x: Tensor) => tf.sum(x), { name: "total" });
  for (const size of [3, 5, 3, 5, 3]) {
    const x = tf.ones([size]);
    const sum = compiled(x);
    assertEquals(list(sum), [size]);
    tf.dispose([x, sum]);
  }
  compileListeners.delete(listener);
  assertEquals(names, ["total", "total"]);
  compiled.dispose();
});

test("reading a tensor inside a jit function is an error that names the operation", () => {
  const compiled = jit((x: Tensor) => tf.mul(x, tf.softmax(x).dataSync()[0]!));
  const x = tf.tensor1d([1, 2]);
  const error = assertThrows(() => compiled(x), UserError);
  assertStringIncludes(error.message, "Softmax");
  assertStringIncludes(error.message, "jit");
  x.dispose();
});

test("a jit function that throws leaves the engine usable and nothing behind", () => {
  const before = memory();
  const compiled = jit((x: Tensor): Tensor => {
    tf.exp(x);
    throw new Error("broken model");
  });
  const x = tf.tensor1d([1, 2]);
  for (let i = 0; i < 2; i++) assertThrows(() => compiled(x), Error, "broken model");
  assertEquals(tf.tidy(() => list(tf.add(x, 1))), [2, 3]);
  x.dispose();
  compiled.dispose();
  assertEquals(memory().numTensors, before.numTensors);
  assertEquals(memory().numDeviceBuffers, before.numDeviceBuffers);
});

test("calling a jit function inside another is an error", () => {
  const inner = jit((x: Tensor) => tf.add(x, 1));
  const outer = jit((x: Tensor) => inner(x));
  const x = tf.tensor1d([1]);
  assertThrows(() => outer(x), Error, "jit");
  assertEquals(tf.tidy(() => list(inner(x))), [2]);
  x.dispose();
  inner.dispose();
});

test("numbers written into a compiled function keep all their bits", () => {
  const numbers = [1e-7, -0, 0.1, 1e30, 1e-40, 123456789, NaN, Infinity, -Infinity, 1 / 3];
  const compiled = jit((x: Tensor) => tf.mul(x, tf.tensor1d(numbers)));
  const one = tf.ones([numbers.length]);
  const result = compiled(one);
  const read = list(result);
  for (const [i, value] of numbers.entries()) {
    if (Math.abs(value) < 1e-38 && value !== 0) continue; // the product of a subnormal may be flushed to zero
    assert(Object.is(read[i], Math.fround(value)), `${value} became ${read[i]}`);
  }
  tf.dispose([one, result]);
  compiled.dispose();
});

test("two different functions are two programs", () => {
  const [add, multiply] = [jit((x: Tensor) => tf.add(x, 3)), jit((x: Tensor) => tf.mul(x, 3))];
  const x = tf.tensor1d([2]);
  const [sum, product] = [add(x), multiply(x)];
  assertNotEquals(list(sum), list(product));
  tf.dispose([x, sum, product]);
  add.dispose();
  multiply.dispose();
});
