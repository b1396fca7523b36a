/**
 * From nodes to a compiled program: writing the StableHLO module, compiling it once, running it.
 */
import { compileCached, longModule } from "./cache.ts";
import type { Device, DeviceBuffer, Executable } from "../pjrt/device.ts";
import { hostArray } from "../pjrt/tensors.ts";
import { hold, type Node, release, settleNode, sortNodes, typeText, writeOperations } from "../stablehlo/graph.ts";
import { returnFreeMemory } from "./memory.ts";

/** A module's text with the nodes of its arguments. */
export interface Module {
  text: string;
  arguments: Node[];
}

/**
 * Writes the module that computes `outputs`.
 *
 * @param first Nodes that become its first arguments in this order, used or not (the arguments of a jit function).
 * @param aliases Index of the output that reuses the memory of an argument, by the argument's index.
 */
export function writeModule(outputs: Node[], first: Node[] = [], aliases: Map<number, number> = new Map()): Module {
  const names = new Map<Node, string>();
  const args = [...first];
  for (const [i, node] of first.entries()) names.set(node, `%a${i}`);
  const body = writeOperations(outputs, names, "%", (node) => `%a${args.push(node) - 1}`);
  const signature = args.map((node, i) => {
    const alias = aliases.get(i);
    return `%a${i}: ${typeText(node.type)}${alias === undefined ? "" : ` {tf.aliasing_output = ${alias} : i32}`}`;
  });
  const types = outputs.map((node) => typeText(node.type)).join(", ");
  const text = [
    `func.func @main(${signature.join(", ")}) -> (${types}) {`,
    ...body.map((line) => `  ${line}`),
    `  return ${outputs.map((node) => names.get(node)).join(", ")} : ${types}`,
    "}",
  ].join("\n");
  return { text, arguments: args };
}

/** The device buffer of a node that has a value. */
export function bufferOf(node: Node, device: Device): DeviceBuffer {
  if (!node.buffer) {
    node.buffer = device.upload(node.host ?? hostArray(node.type), node.type);
    node.host = undefined;
  }
  return node.buffer;
}

/** Programs made outside `jit`, by their text, the least recently used first. */
const programs = new Map<string, Executable>();
const programLimit = 512;

/** Number of programs compiled, loaded from disk, and executed; for tests. */
export const statistics = { compiled: 0, loaded: 0, executed: 0 };

/** Compiles a module's text, or loads the compiled program from disk. */
export function compileProgram(
  text: string,
  outputs: Node[],
  device: Device,
): { program: Executable; cached: boolean } {
  const result = compileCached(device, text, outputs.map((node) => node.type));
  if (!result.cached && text.length >= longModule) returnFreeMemory();
  statistics[result.cached ? "loaded" : "compiled"]++;
  return result;
}

function programFor(text: string, outputs: Node[], device: Device): Executable {
  let program = programs.get(text);
  if (program) programs.delete(text);
  else program = compileProgram(text, outputs, device).program;
  programs.set(text, program);
  if (programs.size > programLimit) {
    const [oldest, unused] = programs.entries().next().value!;
    programs.delete(oldest);
    device.freeProgram(unused);
  }
  return program;
}

/**
 * Computes a node, and with it every node with a tensor handle that shares operations with it, because these operations
 * would otherwise be computed again when it is read. Reading one of many gradients thus computes all of them, once.
 *
 * @param waiting The nodes with tensor handles and without values.
 */
export function evaluate(root: Node, waiting: Iterable<Node>, device: Device): void {
  if (root.buffer || root.host) return;
  const needed = new Set(pendingFor(root));
  const related = [...waiting].filter((node) => {
    return needed.has(node) || !node.symbolic && sortNodes([node]).some((input) => needed.has(input));
  });
  const outputs = [root, ...related.filter((node) => node !== root)];
  const module = writeModule(outputs);
  const program = programFor(module.text, outputs, device);
  // The root may have no holder when the engine itself reads it; holding it ensures that its inputs are released once.
  hold(root);
  const results = device.execute(program, module.arguments.map((node) => bufferOf(node, device)));
  statistics.executed++;
  for (const [i, node] of outputs.entries()) settleNode(node, results[i]!, device);
  release(root, device);
}

/** The operations that must run to compute a node, including itself. */
function pendingFor(root: Node): Node[] {
  return sortNodes([root]).filter((node) => node.text && !node.buffer);
}
