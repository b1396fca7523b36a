/**
 * `jit` on XLA: compiles a function of tensors to one program.
 *
 * The function is called once with arguments that have shapes but no values. The graph built by its ops is written as
 * one module and compiled. Calls with the same shapes run the program and return at once; reading a result waits for
 * the device.
 */
import { UserError } from "../../base/errors.ts";
import {
  type Argument,
  checkSame,
  explained,
  type JitOptions,
  readArguments,
  signatureOf,
  typesOf,
} from "../arguments.ts";
import { type Tensor, tf, type Tree } from "../tf.ts";
import { leaves, mapTree } from "../tree.ts";
import { elementOf, type XlaBackend } from "./backend.ts";
import type { Executable } from "./pjrt/device.ts";
import {
  deviceValue,
  hold,
  type Node,
  parameterNode,
  release,
  sortNodes,
  typeText,
  withTrace,
} from "./stablehlo/graph.ts";
import { bufferOf, compileProgram, statistics, writeModule } from "./programs/program.ts";

interface Compiled {
  executable: Executable;
  /** Values from outside the function, which are passed to the program after its arguments. */
  captured: Node[];
  /** The structure of the result; `numbers` maps its leaves to outputs. */
  result: Tree;
  numbers: Map<Tensor, number>;
  donated: number[];
}

/** Measurements of a compilation, for benchmarks and tests. */
export interface CompileReport {
  name: string;
  operations: number;
  traceSeconds: number;
  compileSeconds: number;
  /** Whether the program was loaded from the cache on disk. */
  cached: boolean;
}
/** Called after each compilation. */
export const compileListeners = new Set<(report: CompileReport) => void>();

/** Compiles a function for the xla backend; see `jit` in src/engine/mod.ts. */
export function jitXla<A extends Tree[], R extends Tree>(
  backend: XlaBackend,
  f: (...args: A) => R,
  { name = "function", donate = [], fixed = false }: JitOptions = {},
): ((...args: A) => R) & { dispose(): void } {
  const compiled = new Map<string, Compiled>();
  let first: ReturnType<typeof typesOf> | undefined;

  function call(...args: A): R {
    const given = readArguments(args, name, donate, (tensor) => backend.refuse(tensor));
    const key = signatureOf(given);
    let program = compiled.get(key);
    if (!program && fixed) checkSame(given, first ??= typesOf(given), name);
    if (!program) compiled.set(key, program = compile(backend, f, args, given, name));
    const nodes = given.map(({ tensor }) => backend.node(tensor.dataId));
    const inputs = [...nodes, ...program.captured].map((node) => {
      backend.settle(node);
      return bufferOf(node, backend.device);
    });
    // Memory that is shared with another tensor or argument must not be donated.
    const twice = new Set(nodes.filter((node, i) => nodes.indexOf(node) !== i));
    const shared = (i: number) =>
      twice.has(nodes[i]!) || nodes[i]!.holders > 1 || backend.refCount(given[i]!.tensor.dataId) > 1;
    const keep = program.donated.filter(shared);
    const buffers = backend.device.execute(program.executable, inputs, keep);
    statistics.executed++;
    const outputs = buffers.map((buffer, i) => tensorOf(backend, deviceValue(buffer, program.executable.outputs[i]!)));
    for (const { tensor, donated } of given) if (donated && !tensor.isDisposed) tensor.dispose();
    const used = new Set<number>();
    return mapTree(program.result as R, (leaf) => {
      const number = program.numbers.get(leaf)!;
      // Two leaves with the same value: the second gets its own handle.
      const tensor = used.has(number) ? outputs[number]!.clone() : outputs[number]!;
      used.add(number);
      return tensor;
    });
  }
  function dispose(): void {
    for (const { executable, captured } of compiled.values()) {
      backend.device.freeProgram(executable);
      for (const node of captured) release(node, backend.device);
    }
    compiled.clear();
  }
  return Object.assign(call, { dispose });
}

/** A tfjs tensor for a node; it belongs to the active tidy. */
function tensorOf(backend: XlaBackend, node: Node): Tensor {
  return tf.engine().makeTensorFromTensorInfo(backend.wrap(node), backend);
}

function compile<A extends Tree[], R extends Tree>(
  backend: XlaBackend,
  f: (...args: A) => R,
  args: A,
  given: Argument[],
  name: string,
): Compiled {
  const started = performance.now();
  const parameters = given.map(({ tensor }, i) =>
    parameterNode(i, { shape: [...tensor.shape], element: elementOf(tensor.dtype) })
  );
  const numbers = new Map<Tensor, number>();
  const outputs: Node[] = [];
  const paths: string[] = [];
  let result: Tree = [];
  withTrace(() =>
    tf.tidy(() => {
      let next = 0;
      const symbolic = mapTree(args, () => tensorOf(backend, parameters[next++]!));
      result = run(backend, () => f(...symbolic), given, name);
      for (const [path, tensor] of leaves(result)) {
        const node = backend.node(tensor.dataId);
        let number = outputs.indexOf(node);
        if (number === -1) {
          number = outputs.push(node) - 1;
          paths.push(path);
        }
        numbers.set(tensor, number);
        hold(node); // until the module is written, after the end of the tidy
      }
    })
  );
  const aliases = aliasDonated(given, parameters, outputs, paths);
  const module = writeModule(outputs, parameters, aliases);
  const captured = module.arguments.slice(parameters.length);
  for (const node of captured) hold(node);
  const traced = performance.now();
  let compiled: ReturnType<typeof compileProgram>;
  try {
    compiled = compileProgram(module.text, outputs, backend.device);
  } catch (error) {
    for (const node of captured) release(node, backend.device);
    const refused = refusedOperation(error as Error, outputs, parameters);
    throw refused ? explained(error, name, given, refused) : error;
  } finally {
    for (const number of numbers.values()) release(outputs[number]!, backend.device);
  }
  const { program: executable, cached } = compiled;
  const report = {
    name,
    operations: module.text.split("\n").length - 3,
    traceSeconds: (traced - started) / 1000,
    compileSeconds: (performance.now() - traced) / 1000,
    cached,
  };
  for (const listener of compileListeners) listener(report);
  return { executable, captured, result, numbers, donated: [...aliases.keys()] };
}

/** Runs the function to trace; its errors are extended by the inputs' names. */
function run<R extends Tree>(backend: XlaBackend, f: () => R, given: Argument[], name: string): R {
  backend.refused = undefined;
  let result: R;
  try {
    result = f();
  } catch (error) {
    throw explained(error, name, given);
  }
  // An asynchronous read does not throw, because its promise never settles; see `read` of the backend.
  if (backend.refused) throw backend.refused;
  if (result instanceof Promise) {
    throw new UserError(
      `${name} is async, and a jit function must return its tensors at once: remove async and await.`,
    );
  }
  return result;
}

/** The error of XLA's parser with the name of the tfjs kernel, found by the line number in the message. */
function refusedOperation(error: Error, outputs: Node[], parameters: Node[]): string | undefined {
  const [, line, why] = /-:(\d+):\d+: error: (.*)/.exec(error.message) ?? [];
  const operations = sortNodes(outputs).filter((node) => node.text && !node.buffer && !parameters.includes(node));
  const node = operations[Number(line) - 2]; // the first line is the signature
  return node && `${node.origin} of ${node.inputs.map(({ type }) => `[${type.shape}]`).join(" and ")}: ${why}`;
}

/**
 * Assigns to each donated argument the output that reuses its memory: one of the same type, preferably of the same
 * name, because a training step returns its state under the same names.
 */
function aliasDonated(given: Argument[], parameters: Node[], outputs: Node[], paths: string[]): Map<number, number> {
  const aliases = new Map<number, number>();
  const free = new Map<string, number[]>();
  for (const [i, node] of outputs.entries()) {
    const type = typeText(node.type);
    free.set(type, [...(free.get(type) ?? []), i]);
  }
  for (const [i, { path, donated }] of given.entries()) {
    const candidates = donated ? free.get(typeText(parameters[i]!.type)) : undefined;
    if (!candidates?.length) continue;
    const named = candidates.findIndex((output) => paths[output]!.endsWith(path));
    aliases.set(i, candidates.splice(Math.max(0, named), 1)[0]!);
  }
  return aliases;
}
