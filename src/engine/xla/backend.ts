/**
 * The tfjs backend `xla`: tensors are nodes of the lazy graph, and reading a tensor runs the operations it depends on.
 *
 * While a function is traced by `jit`, its arguments have no values; reading a tensor that depends on them is an error
 * that names the operation.
 */
import { UserError } from "../../base/errors.ts";
import { tf } from "../tf.ts";
import type { Device } from "./pjrt/device.ts";
import type { ElementType, HostArray, TensorType } from "./pjrt/tensors.ts";
import { evaluate } from "./programs/program.ts";
import { deviceValue, hold, hostValue, isTracing, type Node, release } from "./stablehlo/graph.ts";

type DataId = object;
/** Length of a chain of operations at which it is evaluated even if no value is read, so that graphs stay small. */
const depthLimit = 500;
/** Values of this size are uploaded at once, so that the weights of a model are not stored twice. */
const largeBytes = 1 << 16;

const elements: Record<string, ElementType> = { float32: "f32", int32: "i32", bool: "i1" };
/** The tfjs dtype of an element type. bfloat16 exists inside products only, float64 is not used by tfjs. */
export const dtypes = { f32: "float32", i32: "int32", i1: "bool", bf16: "float32", f64: "float32" } as const;

/** The StableHLO element type of a tfjs dtype. @throws UserError for dtypes other than float32, int32 and bool. */
export function elementOf(dtype: string): ElementType {
  const element = elements[dtype];
  if (element) return element;
  throw new UserError(`The xla engine has no tensors of dtype ${dtype}; use float32, int32 or bool.`);
}

/** The class whose methods tfjs calls to create, read and dispose tensors. */
export class XlaBackend extends tf.KernelBackend {
  readonly device: Device;
  #nodes = new WeakMap<DataId, { node: Node; references: number }>();
  #handles = 0;
  /** Error of the last read inside a traced function; jit throws it. */
  refused: UserError | undefined;
  /** Nodes with tensor handles and without values. */
  #waiting = new Set<Node>();

  constructor(device: Device) {
    super();
    this.device = device;
  }

  /** The node of a tensor. */
  node(dataId: DataId): Node {
    return this.#nodes.get(dataId)!.node;
  }

  /** Why this engine cannot use a tensor, as the end of a sentence; undefined if it can. */
  refuse({ dataId, dtype }: tf.Tensor): string | undefined {
    if (!elements[dtype]) return `has dtype ${dtype}; the xla engine has float32, int32 and bool`;
    if (!this.#nodes.has(dataId)) return "was created on another engine; create tensors after useEngine()";
  }

  /** A new tensor handle for a node. */
  wrap(node: Node): tf.TensorInfo {
    const dataId = {};
    this.#adopt(dataId, node);
    if (node.depth > depthLimit && !node.symbolic) this.#evaluate(node);
    return { dataId, shape: node.type.shape, dtype: dtypes[node.type.element] };
  }

  #adopt(dataId: DataId, node: Node, references = 1): void {
    hold(node);
    node.handles++;
    this.#handles++;
    if (node.text && !node.buffer) this.#waiting.add(node);
    this.#nodes.set(dataId, { node, references });
  }

  override write(values: tf.BackendValues, shape: number[], dtype: tf.DataType): DataId {
    const dataId = {};
    this.move(dataId, values, shape, dtype, 1);
    return dataId;
  }

  override move(
    dataId: DataId,
    values: tf.BackendValues,
    shape: number[],
    dtype: tf.DataType,
    references: number,
  ): void {
    const type: TensorType = { shape: [...shape], element: elementOf(dtype) };
    const host = hostNumbers(values, type.element);
    if (host.byteLength >= largeBytes && !isTracing()) {
      return this.#adopt(dataId, deviceValue(this.device.upload(host, type), type), references);
    }
    // A copy, because the caller may overwrite its array before the value is uploaded.
    this.#adopt(dataId, hostValue(host === values ? host.slice() : host, type), references);
  }

  override readSync(dataId: DataId): HostArray {
    const node = this.#ready(dataId);
    return node.host?.slice() ?? this.device.download(node.buffer!, node.type) as HostArray;
  }

  override async read(dataId: DataId): Promise<HostArray> {
    let node: Node;
    try {
      node = this.#ready(dataId);
    } catch (error) {
      // While tracing, the rejection would be reported too late: jit throws the error, and this promise never settles.
      if (error === this.refused) return new Promise(() => {});
      throw error;
    }
    if (node.host) return node.host.slice();
    hold(node); // the tensor may be disposed during the copy
    try {
      return await this.device.downloadAsync(node.buffer!, node.type) as HostArray;
    } finally {
      release(node, this.device);
    }
  }

  #ready(dataId: DataId): Node {
    const node = this.node(dataId);
    this.settle(node);
    return node;
  }

  /** Evaluates a node unless it has a value. @throws UserError for a node that depends on arguments of a trace. */
  settle(node: Node): void {
    if (node.buffer || node.host) return;
    if (node.symbolic) {
      const what = node.origin === "argument" ? "An argument" : `A result of ${node.origin}`;
      throw this.refused = new UserError(
        `${what} was read inside a jit function, where it has no value yet. ` +
          "Return the tensor from the function and read it there, or call the function without jit.",
      );
    }
    this.#evaluate(node);
  }

  #evaluate(node: Node): void {
    evaluate(node, this.#waiting, this.device);
    for (const other of this.#waiting) if (other.buffer) this.#waiting.delete(other);
  }

  override disposeData(dataId: DataId, force = false): boolean {
    const entry = this.#nodes.get(dataId);
    if (!entry) return true;
    entry.references--;
    if (!force && entry.references > 0) return false;
    this.#nodes.delete(dataId);
    this.#handles--;
    if (--entry.node.handles === 0) this.#waiting.delete(entry.node);
    release(entry.node, this.device);
    return true;
  }

  override incRef(dataId: DataId): void {
    this.#nodes.get(dataId)!.references++;
  }
  override refCount(dataId: DataId): number {
    return this.#nodes.get(dataId)?.references ?? 0;
  }
  override numDataIds(): number {
    return this.#handles;
  }
  /** Additional counts of `tf.memory()`: live objects on the device, and nodes that are not yet evaluated. */
  override memory() {
    const { buffers, bytes, programs } = this.device.counts;
    const waiting = this.#waiting.size;
    return { unreliable: false, numDeviceBuffers: buffers, numDeviceBytes: bytes, numPrograms: programs, waiting };
  }
  override floatPrecision(): 32 {
    return 32;
  }
  override epsilon(): number {
    return 1e-7;
  }
  override timerAvailable(): boolean {
    return false;
  }
}

/** Values as an array of the element type: the array itself where it has the type already. */
function hostNumbers(values: tf.BackendValues, element: ElementType): HostArray {
  const array = values as ArrayLike<number>;
  if (element === "f32") return array instanceof Float32Array ? array as HostArray : Float32Array.from(array);
  if (element === "i32") return array instanceof Int32Array ? array as HostArray : Int32Array.from(array);
  return array instanceof Uint8Array ? array as HostArray : Uint8Array.from(array);
}
