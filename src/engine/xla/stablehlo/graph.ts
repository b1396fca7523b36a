/**
 * The lazy graph: every tfjs op adds a node, and nothing runs until a value is read.
 *
 * A node is a StableHLO operation as text, or a value (on the device, or on the host before it is uploaded). Nodes are
 * reference-counted: a tensor handle holds its node, and a node that has not run holds its inputs. The device memory of
 * a node without holders is freed at once.
 */
import type { Device, DeviceBuffer } from "../pjrt/device.ts";
import type { ElementType, HostArray, TensorType } from "../pjrt/tensors.ts";

export interface Node {
  readonly type: TensorType;
  /** The operation's text, given the names of its operands; undefined for values and for parameters of a trace. */
  readonly text?: (operands: string[]) => string;
  /** The tfjs kernel that created it, for errors. */
  readonly origin: string;
  inputs: readonly Node[];
  /** The value, once it is computed. */
  buffer?: DeviceBuffer | undefined;
  host?: HostArray | undefined;
  /** Index of an argument of a traced function, which has no value until the compiled program is called. */
  parameter?: number;
  /** Whether it is an argument of a traced function, or depends on one. */
  readonly symbolic: boolean;
  /** Number of tensor handles and unevaluated nodes that hold this node. */
  holders: number;
  /**
   * Number of tensor handles alone; a node with handles can still be read, and its value is kept when a program runs.
   */
  handles: number;
  /** Length of the longest chain of operations that have not run. */
  depth: number;
}

/** While a function is traced, equal operations become one node, so that repeated subgraphs are computed once. */
let tracing: { nodes: Map<string, Node>; ids: Map<Node, number> } | undefined;
let origin = "";

/** Runs `body`, merging equal nodes. */
export function withTrace<T>(body: () => T): T {
  if (tracing) {
    throw new Error("A jit function was called while another one is traced; use jit for the outermost function only.");
  }
  tracing = { nodes: new Map(), ids: new Map() };
  try {
    return body();
  } finally {
    tracing = undefined;
  }
}

/** Whether a function is being traced. */
export const isTracing = () => tracing !== undefined;

/** Sets the name of the kernel whose nodes are created next. */
export function setOrigin(kernel: string): void {
  origin = kernel;
}

/** An operation with one result. */
export function operation(
  shape: number[],
  element: ElementType,
  inputs: Node[],
  text: (operands: string[]) => string,
): Node {
  const depth = 1 + inputs.reduce((longest, input) => Math.max(longest, input.depth), 0);
  const symbolic = inputs.some((input) => input.symbolic);
  const node: Node = { type: { shape, element }, text, origin, inputs, symbolic, holders: 0, handles: 0, depth };
  if (!tracing) return node;
  const key = text(inputs.map((input) => `%${idOf(input)}`));
  const same = tracing.nodes.get(key);
  if (same) return same;
  tracing.nodes.set(key, node);
  return node;
}

function idOf(node: Node): number {
  const ids = tracing!.ids;
  let id = ids.get(node);
  if (id === undefined) ids.set(node, id = ids.size);
  return id;
}

/** A value on the host; it is uploaded when a program first needs it. */
export function hostValue(host: HostArray, type: TensorType): Node {
  // Constants of a traced function are written into the program where their text is short: small tensors (e.g. a
  // factor) and one value repeated (e.g. the tensor of ones from which tfjs starts the gradient of a mean).
  if (tracing && host.length > 0 && (host.length <= 64 || repeatsOneValue(host))) return literal(host, type);
  return { type, origin: "host", inputs: [], host, symbolic: false, holders: 0, handles: 0, depth: 0 };
}

/** A value on the device. */
export function deviceValue(buffer: DeviceBuffer, type: TensorType): Node {
  return { type, origin: "device", inputs: [], buffer, symbolic: false, holders: 0, handles: 0, depth: 0 };
}

/** The `index`-th argument of the function being traced. */
export function parameterNode(index: number, type: TensorType): Node {
  return { type, origin: "argument", inputs: [], parameter: index, symbolic: true, holders: 0, handles: 0, depth: 0 };
}

/** A constant, written into the program. */
export function literal(values: HostArray, type: TensorType): Node {
  const text = `stablehlo.constant dense<${literalText(values, type)}> : ${typeText(type)}`;
  return operation(type.shape, type.element, [], () => text);
}

/** Whether all elements have the same bits (0 and −0 differ); `values` may have millions of elements. */
function repeatsOneValue({ buffer, byteOffset, length, BYTES_PER_ELEMENT }: HostArray): boolean {
  const Bits = BYTES_PER_ELEMENT === 1 ? Uint8Array : Int32Array;
  const bits = new Bits(buffer, byteOffset, length);
  for (let i = 1; i < bits.length; i++) if (bits[i] !== bits[0]) return false;
  return true;
}

function literalText(values: HostArray, { shape, element }: TensorType): string {
  const one = (value: number) => {
    if (element === "i1") return value ? "true" : "false";
    if (element === "i32") return String(value);
    if (Object.is(value, -0)) return "-0.0"; // String(-0) is "0"
    // MLIR requires a point in every float: 1 → 1.0, 1e-7 → 1.0e-7.
    if (Number.isFinite(value)) return String(value).replace(/^(-?\d+)(?!.*\.)/, "$1.0");
    // MLIR writes NaN and infinities by their bits.
    const bits = new Uint32Array(Float32Array.of(value).buffer)[0]!;
    return `0x${bits.toString(16).toUpperCase().padStart(8, "0")}`;
  };
  if (repeatsOneValue(values)) return one(values[0]!);
  const nest = (axis: number, start: number, size: number): string => {
    if (axis === shape.length) return one(values[start]!);
    const part = size / shape[axis]!;
    const items = Array.from({ length: shape[axis]! }, (_, i) => nest(axis + 1, start + i * part, part));
    return `[${items.join(", ")}]`;
  };
  return nest(0, 0, values.length);
}

/** A type in StableHLO, e.g. `tensor<2x3xf32>`. */
export function typeText({ shape, element }: TensorType): string {
  return `tensor<${[...shape, element].join("x")}>`;
}

/** Holds a node, and its inputs if it had no holder. */
export function hold(node: Node): void {
  const stack = [node];
  while (stack.length > 0) {
    const next = stack.pop()!;
    if (next.holders++ === 0) stack.push(...next.inputs);
  }
}

/** Releases a node; nodes without holders are freed. */
export function release(node: Node, device: Device): void {
  const stack = [node];
  while (stack.length > 0) {
    const next = stack.pop()!;
    if (--next.holders > 0) continue;
    if (next.buffer) {
      device.freeBuffer(next.buffer);
      next.buffer = undefined;
    }
    stack.push(...next.inputs);
  }
}

/** Sets the value of a node and releases its inputs. */
export function settleNode(node: Node, buffer: DeviceBuffer, device: Device): void {
  const inputs = node.inputs;
  node.inputs = [];
  node.buffer = buffer;
  node.depth = 0;
  if (node.holders > 0) { for (const input of inputs) release(input, device); }
}

/** All nodes on which `roots` depend, inputs first; nodes with values are included as leaves. */
export function sortNodes(roots: Node[]): Node[] {
  const sorted: Node[] = [];
  const seen = new Set<Node>();
  const stack: { node: Node; next: number }[] = [];
  for (const root of roots) {
    if (seen.has(root)) continue;
    seen.add(root);
    stack.push({ node: root, next: 0 });
    while (stack.length > 0) {
      const top = stack.at(-1)!;
      const input = top.node.inputs[top.next++];
      if (!input) {
        sorted.push(top.node);
        stack.pop();
      } else if (!seen.has(input)) {
        seen.add(input);
        stack.push({ node: input, next: 0 });
      }
    }
  }
  return sorted;
}

/**
 * Writes the operations on which `outputs` depend, inputs first.
 *
 * @param names Names of nodes; names of the other nodes are added.
 * @param prefix Prefix of the new names.
 * @param leaf Returns the name of a node that is no operation or has a value.
 * @returns A line for each operation.
 */
export function writeOperations(
  outputs: Node[],
  names: Map<Node, string>,
  prefix: string,
  leaf: (node: Node) => string,
): string[] {
  const lines: string[] = [];
  for (const node of sortNodes(outputs)) {
    if (names.has(node)) continue;
    if (node.text && !node.buffer) {
      const name = `${prefix}${lines.length}`;
      lines.push(`${name} = ${node.text(node.inputs.map((input) => names.get(input)!))}`);
      names.set(node, name);
    } else names.set(node, leaf(node));
  }
  return lines;
}
