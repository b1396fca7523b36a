/**
 * From nodes to a compiled program: writing the StableHLO module, compiling it once, running it.
 */
import { compileCached, longModule } from "./cache.ts";
import { type Device, type DeviceBuffer, type Executable, hostArray } from "../pjrt/device.ts";
import { hold, type Node, release, settleNode, sortNodes, typeText, writeOperations } from "../stablehlo/graph.ts";
import { returnFreeMemory } from "./memory.ts";

/** A module's text with the nodes that stand behind its arguments. */
export interface Module {
  text: string;
  arguments: Node[];
}

/**
 * Writes the module that computes `outputs`.
 *
 * @param first nodes that must be its first arguments, in this order, used or not (the arguments of a jit function).
 * @param aliases for an argument's position, the output that takes over its memory.
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

/** Programs made outside `jit`, by their text; the least recently used goes first. */
const programs = new Map<string, Executable>();
const programLimit = 512;

/** How often programs were compiled, found compiled on the disk, and run, for tests and for the curious. */
export const statistics = { compiled: 0, loaded: 0, executed: 0 };

/** Compiles a module's text, or finds it compiled on the disk. */
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
 * Computes a node, and with it every value that the user holds and that shares operations with it: those would otherwise
 * be computed again when they are asked for. So reading one of many gradients computes them all, once.
 *
 * @param waiting the nodes with tensor handles that have no values yet.
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
  // Nobody may hold the root itself (a value asked for by the engine): held here, so that its inputs are released once.
  hold(root);
  const results = device.execute(program, module.arguments.map((node) => bufferOf(node, device)));
  statistics.executed++;
  for (const [i, node] of outputs.entries()) settleNode(node, results[i]!, device);
  release(root, device);
}

/** The operations that must run before a node has its value, itself among them. */
function pendingFor(root: Node): Node[] {
  return sortNodes([root]).filter((node) => node.text && !node.buffer);
}
