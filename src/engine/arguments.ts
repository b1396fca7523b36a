/**
 * The inputs of a jit function: collected, checked, and named in errors.
 *
 * An error inside a compiled program does not show which line of the caller made the wrong tensor. Errors in a call are
 * therefore reported here, with the input's name: its path in the records and lists of the arguments.
 */
import { UserError } from "../base/errors.ts";
import { type Tensor, tf, type Tree } from "./tf.ts";

/** Options of `jit`. */
export interface JitOptions {
  /** Name of the function in errors and timings. */
  name?: string | undefined;
  /**
   * Positions of the arguments whose tensors are consumed by the call: their memory is reused for results, and they are
   * disposed afterwards.
   */
  donate?: number[] | undefined;
  /**
   * Whether to compile only once: a call with shapes, dtypes or names other than those of the first call is an error
   * that names the input. Otherwise such a call compiles another program.
   */
  fixed?: boolean | undefined;
}

/** One tensor of a call. */
export interface Argument {
  /** Path in the argument's tree, e.g. "text.words"; empty when the argument is a tensor itself. */
  path: string;
  /** Index of the argument, from 0. */
  position: number;
  tensor: Tensor;
  donated: boolean;
}

/**
 * Collects the tensors of a call, in order.
 *
 * @param refuse Returns why an engine cannot use a tensor, e.g. "has dtype string"; undefined if it can.
 * @throws UserError that names the first input that is no tensor, was disposed, or is refused.
 */
export function readArguments(
  args: Tree[],
  name: string,
  donate: number[],
  refuse: (tensor: Tensor) => string | undefined = () => undefined,
): Argument[] {
  const found: Argument[] = [];
  const visit = (tree: Tree, path: string, position: number): void => {
    const wrong = (what: string): never => {
      throw new UserError(`Input ${labelOf({ path, position })} of ${name} ${what}.`);
    };
    if (tree instanceof tf.Tensor) {
      const problem = tree.isDisposed ? "was disposed before the call" : refuse(tree);
      if (problem) wrong(problem);
      found.push({ path, position, tensor: tree, donated: donate.includes(position) });
    } else if (typeof tree !== "object" || tree === null) {
      wrong(`is ${JSON.stringify(tree) ?? typeof tree}, and must be a tensor, e.g. tf.scalar(…)`);
    } else {
      for (const [key, node] of Object.entries(tree)) visit(node as Tree, path ? `${path}.${key}` : key, position);
    }
  };
  for (const [position, arg] of args.entries()) visit(arg, "", position);
  return found;
}

/** An input's name in a message. */
function labelOf({ path, position }: Pick<Argument, "path" | "position">): string {
  return path ? `"${path}"` : String(position + 1);
}

/** An input with dtype and shape, e.g. `"text.words" float32 [12,5,25,64]`. */
function describe(argument: Argument): string {
  return `${labelOf(argument)} ${typeOf(argument)}`;
}

const typeOf = ({ tensor }: Argument) => `${tensor.dtype} [${tensor.shape}]`;

/** Names and types of all inputs as one string; calls with the same signature run the same program. */
export function signatureOf(given: Argument[]): string {
  return given.map(({ path, position, tensor }) => `${position}.${path}:${tensor.dtype}[${tensor.shape}]`).join();
}

/** The types of a call's inputs by position and path, for {@link checkSame}. */
export function typesOf(given: Argument[]): Map<string, { label: string; type: string }> {
  return new Map(
    given.map((input) => [`${input.position}.${input.path}`, { label: labelOf(input), type: typeOf(input) }]),
  );
}

/**
 * Compares a call with the first one, for a function that may be compiled only once.
 *
 * @throws UserError that names the first input with another shape or dtype, or that is missing or new.
 */
export function checkSame(given: Argument[], first: ReturnType<typeof typesOf>, name: string): void {
  const now = typesOf(given);
  for (const key of new Set([...first.keys(), ...now.keys()])) {
    const [was, is] = [first.get(key), now.get(key)];
    if (was?.type === is?.type) continue;
    const difference = !is
      ? `is missing, was ${was!.type}`
      : !was
      ? `is new, ${is.type}; the first call had none`
      : `is ${is.type}, was ${was.type}`;
    throw new UserError(
      `Input ${
        (is ?? was)!.label
      } of ${name} ${difference}. ${name} is compiled once, for the shapes of its first call; ` +
        "use the same in every call, or compile another function.",
    );
  }
}

/** Maximum number of inputs listed in an error. */
const maxListed = 8;

/**
 * Adds the inputs of a call to an error from inside the function, because tfjs and XLA report an operation and shapes
 * but no names. Inputs whose shapes occur in the message are listed first, donated ones last.
 *
 * @param message A message to use in place of the error's own.
 */
export function explained(error: unknown, name: string, given: Argument[], message?: string): unknown {
  // UserErrors are complete, and errors such as TypeError are defects that shapes do not explain.
  if (message === undefined && (!(error instanceof Error) || error.name !== "Error")) return error;
  const text = message ?? (error as Error).message;
  const mentioned = ({ tensor: { shape } }: Argument) =>
    shape.length > 0 && new RegExp(`(?<![\\d,])${shape.join(", ?")}(?!,?\\d)`).test(text);
  const rank = (argument: Argument) => mentioned(argument) ? 0 : argument.donated ? 2 : 1;
  const sorted = given.toSorted((a, b) => rank(a) - rank(b));
  const more = given.length > maxListed ? ` and ${given.length - maxListed} more` : "";
  const inputs = sorted.slice(0, maxListed).map(describe).join(", ") + more;
  return new Error(`${name} failed: ${text.replace(/[.\s]*$/, ".")} Its inputs: ${inputs}.`, { cause: error });
}
