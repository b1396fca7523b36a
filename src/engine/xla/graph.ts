/**
 * The lazy graph: every tfjs op adds a node here, and nothing runs until a value is wanted.
 *
 * A node is a StableHLO operation as text, or a value that exists (on the device, or on the host and not yet sent).
 * Nodes are counted: a tensor handle holds its node, a node that has not run holds its inputs; when nobody holds a node
 * its device memory is freed at once.
 */
import type { Device, DeviceBuffer, ElementType, HostArray, TensorType } from "./device.ts";

export interface Node {
  readonly type: TensorType;
  /** The operation's text, given the names of its operands; undefined for values and for parameters of a trace. */
  readonly text?: (operands: string[]) => string;
  /** The tfjs kernel that made it, for errors. */
  readonly origin: string;
  inputs: readonly Node[];
  /** The value, once there is one. */
  buffer?: DeviceBuffer | undefined;
  host?: HostArray | undefined;
  /** Set for an argument of a traced function: it has no value until the compiled program is called. */
  parameter?: number;
  /** Whether it is, or is computed from, an argument of a traced function. */
  readonly symbolic: boolean;
  /** Tensor handles and waiting nodes that hold this node. */
  holders: number;
  /** Tensor handles alone: what the user can still ask for, and so is worth keeping when a program runs. */
  handles: number;
  /** Length of the longest chain of operations that have not run. */
  depth: number;
}

/** While a function is traced, equal operations become one node, so that a graph built twice costs once. */
let tracing: { nodes: Map<string, Node>; ids: Map<Node, number> } | undefined;
let origin = "";

/** Runs `body` with nodes merged where they are equal. */
export function withTrace<T>(body: () => T): T {
  if (tracing) throw new Error("A jit function was called while another one is traced; jit only the outermost.");
  tracing = { nodes: new Map(), ids: new Map() };
  try {
    return body();
  } finally {
    tracing = undefined;
  }
}

/** Whether a function is being traced. */
export const isTracing = () => tracing !== undefined;

/** Names the kernel whose nodes come next. */
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

/** A value from the host; it is sent to the device when a program first needs it. */
export function hostValue(host: HostArray, type: TensorType): Node {
  // What a traced function makes by itself becomes part of the program where it is short to write: small values (say,
  // a factor written in the code) and one value repeated (tfjs's gradient of a mean starts from a tensor of ones).
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

/** Values written into the program. */
export function literal(values: HostArray, type: TensorType): Node {
  const text = `stablehlo.constant dense<${literalText(values, type)}> : ${typeText(type)}`;
  return operation(type.shape, type.element, [], () => text);
}

/** Whether all elements are the same, bit by bit (so that 0 is not −0). A gradient may start from a million ones. */
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
    // MLIR wants a point in every float: 1 → 1.0, 1e-7 → 1.0e-7.
    if (Number.isFinite(value)) return String(value).replace(/^(-?\d+)(?!.*\.)/, "$1.0");
    // MLIR writes what is no number by its bits.
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

/** A type as StableHLO writes it: `tensor<2x3xf32>`. */
export function typeText({ shape, element }: TensorType): string {
  return `tensor<${[...shape, element].join("x")}>`;
}

/** Holds a node, and what it waits for with it. */
export function hold(node: Node): void {
  const stack = [node];
  while (stack.length > 0) {
    const next = stack.pop()!;
    if (next.holders++ === 0) stack.push(...next.inputs);
  }
}

/** Lets go of a node; whatever nobody holds any more is freed. */
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

/** Gives a node its value: it no longer waits for its inputs. */
export function settleNode(node: Node, buffer: DeviceBuffer, device: Device): void {
  const inputs = node.inputs;
  node.inputs = [];
  node.buffer = buffer;
  node.depth = 0;
  if (node.holders > 0) { for (const input of inputs) release(input, device); }
}

/** The nodes that must run before `roots` have values, inputs first; nodes with values are among them as leaves. */
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
 * Writes the operations behind `outputs`, inputs first.
 *
 * @param names of the nodes that have names already; every other node gets its own.
 * @param prefix of the new names.
 * @param leaf names a node that is no operation or has its value.
 * @returns a line for each.
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
