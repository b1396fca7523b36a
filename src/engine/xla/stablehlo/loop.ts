/**
 * A loop inside a program, whose body is compiled only once.
 */
import { type Node, operation, parameterNode, typeText, writeOperations } from "./graph.ts";
import { list, reshape, splat } from "./ops.ts";

/** The inputs of a step of a {@link loop}. */
export interface Step {
  /** The index of the step, an i32 scalar. */
  at: Node;
  /** Results of the previous step, or the start values. */
  carried: Node[];
  /** Values that are the same in every step. */
  given: Node[];
}

/**
 * Runs `step` for 0, 1 … `count` − 1 and returns one of the carried values, that with index `result`. Every other value
 * that `step` uses must be in `given` or be created inside the step.
 */
export function loop(
  count: number,
  start: Node[],
  given: Node[],
  result: number,
  step: (step: Step) => Node[],
): Node {
  const zero = splat(0, [], "i32");
  const inputs = [zero, ...start, ...given];
  const types = inputs.map(({ type }) => typeText(type));
  const inside = inputs.map(({ type }, i) => parameterNode(i, type));
  const names = new Map(inside.map((node, i) => [node, `%l${i}`]));
  const [at, ...rest] = inside as [Node, ...Node[]];
  const next = step({ at, carried: rest.slice(0, start.length), given: rest.slice(start.length) });
  const body = writeOperations(next, names, "%s", ({ origin }) => {
    throw new Error(`A step of a loop uses a value from outside (${origin}); pass it as given.`);
  });
  const block = `^bb0(${inside.map((_, i) => `%l${i}: ${types[i]}`).join(", ")}):`;
  const one = "tensor<i32>";
  const condition = [
    block,
    `%end = stablehlo.constant dense<${count}> : ${one}`,
    `%more = stablehlo.compare LT, %l0, %end, SIGNED : (${one}, ${one}) -> tensor<i1>`,
    "stablehlo.return %more : tensor<i1>",
  ];
  const repeated = [
    block,
    ...body,
    `%one = stablehlo.constant dense<1> : ${one}`,
    `%next = stablehlo.add %l0, %one : ${one}`,
    `stablehlo.return ${
      ["%next", ...next.map((node) => names.get(node)!), ...given.map((_, i) => `%l${1 + start.length + i}`)].join(", ")
    } : ${types.join(", ")}`,
  ];
  const all = types.join(", ");
  const { shape, element } = start[result]!.type;
  const type = typeText(start[result]!.type);
  // A loop has several results, and a node only one: the loop is wrapped in a conditional with a single branch, which
  // XLA removes. It is written in one line, because the line number identifies an operation that XLA's parser rejects.
  return operation(shape, element, inputs, (operands) =>
    [
      `"stablehlo.case"(${operands[0]}) ({ %loop:${inputs.length} = "stablehlo.while"(${operands.join(", ")}) ({`,
      ...condition,
      "}, {",
      ...repeated,
      `}) : (${all}) -> (${all}) stablehlo.return %loop#${1 + result} : ${type} }) : (${one}) -> ${type}`,
    ].join(" "));
}

/** The slice of x at index `at` of an axis, without that axis. */
export function sliceAt(x: Node, axis: number, at: Node): Node {
  const { shape, element } = x.type;
  const sizes = shape.map((n, i) => i === axis ? 1 : n);
  const zero = splat(0, [], "i32");
  const types = [typeText(x.type), ...shape.map(() => "tensor<i32>")].join(", ");
  const part = operation(
    sizes,
    element,
    [x, at, zero],
    ([a, i, z]) =>
      `stablehlo.dynamic_slice ${a}, ${shape.map((_, k) => k === axis ? i : z).join(", ")}, sizes = ${
        list(sizes)
      } : (${types}) -> ${typeText({ shape: sizes, element })}`,
  );
  return reshape(part, shape.filter((_, i) => i !== axis));
}

/** x with its slice at index `at` of an axis replaced by `part`. */
export function updateAt(x: Node, axis: number, at: Node, part: Node): Node {
  const { shape, element } = x.type;
  const whole = reshape(part, shape.map((n, i) => i === axis ? 1 : n));
  const zero = splat(0, [], "i32");
  const types = [typeText(x.type), typeText(whole.type), ...shape.map(() => "tensor<i32>")].join(", ");
  return operation(
    shape,
    element,
    [x, whole, at, zero],
    ([a, b, i, z]) =>
      `stablehlo.dynamic_update_slice ${a}, ${b}, ${
        shape.map((_, k) => k === axis ? i : z).join(", ")
      } : (${types}) -> ${typeText(x.type)}`,
  );
}
