/** The engine room's contract: the same behaviour on every engine. */
import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { UserError } from "../../src/base/errors.ts";
import { findPlugin } from "../../src/engine/install.ts";
import {
  disposeTree,
  type EngineName,
  jit,
  leaves,
  mapTree,
  type State,
  type Tensor,
  tf,
  useEngine,
  valueAndGradients,
} from "../../src/engine/mod.ts";

const plugin = findPlugin();
const engines = ["cpu", "wasm", "xla"] as const;
if (plugin) await useEngine("xla"); // the plugin stays loaded: not within a test, which would count it as a leak
await useEngine("wasm");

/** One test on each engine. */
function onEach(name: string, fn: () => void | Promise<void>): void {
  for (const engine of engines) {
    Deno.test({
      name: `${name} (${engine})`,
      ignore: engine === "xla" && !plugin,
      fn: async () => {
        await useEngine(engine);
        await fn();
      },
    });
  }
}
const list = (tensor: Tensor) => [...tensor.dataSync()];

Deno.test("useEngine() says which engine runs, in which version, on what", async () => {
  for (const engine of engines) {
    if (engine === "xla" && !plugin) continue;
    const info = await useEngine(engine);
    assertEquals(info.name, engine);
    assertEquals(tf.getBackend(), engine);
    assert(info.version.length > 0 && info.devices.length > 0 && info.threads >= 1);
  }
});

Deno.test("useEngine(auto) takes xla where the plugin is, wasm elsewhere", async () => {
  assertEquals((await useEngine("auto")).name, plugin ? "xla" : "wasm");
});

Deno.test("useEngine() names an engine that does not exist", async () => {
  const error = await assertRejects(() => useEngine("gpu" as EngineName), UserError);
  assertStringIncludes(error.message, "gpu");
});

onEach("jit() gives the caller results and frees what else the function made", () => {
  const before = tf.memory().numTensors;
  const f = jit((x: Tensor) => ({ sum: tf.sum(tf.exp(x)), parts: [tf.neg(x), x] }));
  const x = tf.tensor1d([0, 0, 0]);
  const result = f(x);
  assertAlmostEquals(list(result.sum)[0]!, 3, 1e-5);
  x.dispose();
  assertEquals(list(result.parts[1]!), [0, 0, 0]);
  assertEquals(tf.memory().numTensors, before + 3);
  disposeTree(result);
  f.dispose();
  assertEquals(tf.memory().numTensors, before);
});

onEach("jit() disposes donated arguments and no others", () => {
  const f = jit((state: State, x: Tensor) => ({ w: tf.add(state.w!, x) }), { donate: [0] });
  const x = tf.tensor1d([1, 2]);
  let state: State = { w: tf.zeros([2]) };
  const first = state.w!;
  for (let i = 0; i < 3; i++) state = f(state, x);
  assert(first.isDisposed && !x.isDisposed);
  assertEquals(list(state.w!), [3, 6]);
  disposeTree(state);
  x.dispose();
  f.dispose();
});

onEach("jit() passes a donated argument through as a new tensor", () => {
  const f = jit((x: Tensor) => [x, x], { donate: [0] });
  const x = tf.tensor1d([1, 2]);
  const [first, second] = f(x);
  assert(x.isDisposed);
  first!.dispose();
  assertEquals(list(second!), [1, 2]);
  second!.dispose();
  f.dispose();
});

onEach("jit() rejects an argument that was disposed", () => {
  const f = jit((x: Tensor) => tf.add(x, 1), { name: "step" });
  const x = tf.tensor1d([1]);
  x.dispose();
  assertStringIncludes(assertThrows(() => f(x), UserError).message, "step was disposed before the call");
});

onEach("results of jit() within tidy are freed by it", () => {
  const before = tf.memory().numTensors;
  const f = jit((x: Tensor) => tf.add(x, 1));
  const kept = tf.tidy(() => {
    f(tf.ones([2]));
    return f(tf.zeros([2]));
  });
  assertEquals(tf.memory().numTensors, before + 1);
  assertEquals(list(kept), [1, 1]);
  kept.dispose();
  f.dispose();
});

onEach("valueAndGradients() gives the loss, gradients by name and what else the loss returns", () => {
  const before = tf.memory().numTensors;
  tf.tidy(() => {
    const parameters = { a: tf.tensor1d([1, 2]), b: tf.scalar(3) };
    const { value, gradients, aux } = valueAndGradients((p) => {
      const product = tf.mul(p.a!, p.b!);
      return [tf.sum(tf.square(product)), { product, twice: [tf.mul(product, 2)] }];
    }, parameters);
    assertEquals(list(value), [45]);
    assertEquals(list(gradients.a!), [18, 36]);
    assertEquals(list(gradients.b!), [30]);
    assertEquals(list(aux.product as Tensor), [3, 6]);
    assertEquals(list((aux.twice as Tensor[])[0]!), [6, 12]);
  });
  assertEquals(tf.memory().numTensors, before);
});

Deno.test("leaves() names every tensor in the order written, mapTree() keeps the structure", () => {
  tf.tidy(() => {
    const tree = { b: tf.scalar(1), a: [tf.scalar(2), { c: tf.scalar(3) }] };
    assertEquals(leaves(tree).map(([path]) => path), ["b", "a.0", "a.1.c"]);
    const doubled = mapTree(tree, (x) => tf.mul(x, 2));
    assertEquals(leaves(doubled).map(([, x]) => list(x)[0]), [2, 4, 6]);
  });
});

Deno.test("the cpu engine starts without tfjs's advice on packages, and the program ends with its own code", async () => {
  const mod = import.meta.resolve("../../src/engine/mod.ts");
  for (const engine of engines) {
    if (engine === "xla" && !plugin) continue;
    const body = `import { tf, useEngine } from ${JSON.stringify(mod)}; await useEngine("${engine}");` +
      `console.log(tf.sum(tf.ones([3])).dataSync()[0]); Deno.exitCode = 7;`;
    const file = await Deno.makeTempFile({ suffix: ".ts" });
    await Deno.writeTextFile(file, body);
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", "--config", new URL("../../deno.json", import.meta.url).pathname, file],
    }).output();
    await Deno.remove(file);
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    assertEquals([code, text(stdout), text(stderr)], [7, "3\n", ""], engine);
  }
});
