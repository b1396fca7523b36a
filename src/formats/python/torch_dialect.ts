/**
 * What the pickle of a PyTorch checkpoint may contain besides plain data: tensors, as views of storages elsewhere in
 * the file. Names are only recognised; no code of PyTorch is run.
 */
import { elementCount, Unreadable } from "./dtype.ts";
import { type Dialect, plainData } from "./globals.ts";
import { isKind, type PythonValue, type StorageReference, type TensorReference } from "./values.ts";

/** Bytes per number of each supported type of storage. */
export const storageWidths: Record<string, number> = {
  "torch.FloatStorage": 4,
  "torch.HalfStorage": 2,
  "torch.BFloat16Storage": 2,
  "torch.LongStorage": 8,
};

const makers: Record<string, (args: PythonValue[]) => PythonValue> = {
  "torch._utils._rebuild_tensor_v2": tensor,
  "torch._utils._rebuild_tensor": tensor,
  "torch._utils._rebuild_parameter": ([data]) =>
    isKind(data, "tensor") ? data : refuse("a parameter that is no tensor"),
};

export const torchData: Dialect = {
  checkName(name) {
    if (name in makers || name in storageWidths) return;
    if (/^torch\.\w*Storage$/.test(name)) {
      refuse(`numbers of type ${name}; float32, float16, bfloat16 and int64 are supported`);
    }
    if (/^torch\b/.test(name)) {
      refuse(`"${name.slice(0, 80)}", which is no part of a state dict; save the model's state_dict() alone`);
    }
    plainData.checkName(name);
  },
  make(name, args) {
    if (name in storageWidths) refuse("a storage made by a call, not a reference");
    return Object.hasOwn(makers, name) ? makers[name]!(args) : plainData.make(name, args);
  },
  setState(target, state) {
    // A state dict's attribute `_metadata`: versions of its modules, which are not needed.
    if (target instanceof Map && state instanceof Map) return;
    plainData.setState(target, state);
  },
  stored: storage,
};

/** `("storage", type, key, device, elements)`; older files append a view of another storage, or None. */
function storage(id: PythonValue): StorageReference {
  if (!Array.isArray(id) || id[0] !== "storage") refuse("a reference to something other than a storage");
  const [, type, key, , elements, view] = id;
  if (!isKind(type, "named") || !(type.name in storageWidths)) refuse("a storage of an unsupported type");
  if (typeof key !== "string" || !isNatural(elements)) refuse("a storage without a name or a size");
  if (view !== undefined && view !== null) refuse("a storage that is part of another one");
  return { kind: "storage", type: type.name, key, elements };
}

/** `_rebuild_tensor_v2(storage, offset, shape, strides, requires_grad, hooks)`. */
function tensor([storage, offset, shape, strides]: PythonValue[]): TensorReference {
  if (!isKind(storage, "storage") || !isNatural(offset)) refuse("a tensor without numbers");
  if (!Array.isArray(shape) || !Array.isArray(strides) || shape.length !== strides.length || shape.length > 32) {
    refuse("a tensor without a shape");
  }
  if (!shape.every(isNatural) || !strides.every(isNatural)) refuse("a tensor with an impossible shape or stride");
  const elements = elementCount(shape);
  if (elements > 1 && shape.some((side, axis) => side > 1 && strides[axis] === 0)) {
    refuse(`an expanded tensor [${shape.join(", ")}], one number repeated; save it after .contiguous()`);
  }
  const last = shape.reduce((at, side, axis) => at + (side - 1) * strides[axis]!, offset);
  if (elements > storage.elements || (elements > 0 && last >= storage.elements)) {
    refuse(`a tensor [${shape.join(", ")}] that exceeds its ${storage.elements} numbers`);
  }
  return { kind: "tensor", storage, offset, shape, strides };
}

function isNatural(value: PythonValue | undefined): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function refuse(what: string): never {
  throw new Unreadable(`it holds ${what}`);
}
