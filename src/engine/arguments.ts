/**
 * What a jit function is called with: found, checked, and named in errors.
 *
 * A compiled program is a long way from the line that made a wrong tensor, so whatever is wrong with a call is said here
 * with the input's name: its place in the records and lists of the arguments.
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
   * Whether to compile only once: a call with shapes, dtypes or names other than those of the first call is an error that
   * names the input. Otherwise such a call compiles another program.
   */
  fixed?: boolean | undefined;
}

/** One tensor of a call. */
export interface Argument {
  /** Names in the argument's tree, e.g. "text.words"; empty for an argument that is a tensor itself. */
  path: string;
  /** Which argument it belongs to, from 0. */
  position: number;
  tensor: Tensor;
  donated: boolean;
}

/**
 * The tensors of a call, in order.
 *
 * @param refuse says what an engine has against a tensor, e.g. "has dtype string".
 * @throws UserError naming the first input that is no tensor, was disposed, or is refused.
 */
export function readArguments(
  args: Tree[],
  name: string,
  donate: number[],
  refuse: (tensor: Tensor) => string | undefined = () => undefined,
): Argument[] {
  const found: Argument[] = [];
  const walk = (tree: Tree, path: string, position: number): void => {
    const wrong = (what: string): never => {
      throw new UserError(`Input ${labelOf({ path, position })} of ${name} ${what}.`);
    };
    if (tree instanceof tf.Tensor) {
      const trouble = tree.isDisposed ? "was disposed before the call" : refuse(tree);
      if (trouble) wrong(trouble);
      found.push({ path, position, tensor: tree, donated: donate.includes(position) });
    } else if (typeof tree !== "object" || tree === null) {
      wrong(`is ${JSON.stringify(tree) ?? typeof tree}, and must be a tensor, e.g. tf.scalar(…)`);
    } else {
      for (const [key, node] of Object.entries(tree)) walk(node as Tree, path ? `${path}.${key}` : key, position);
    }
  };
  for (const [position, arg] of args.entries()) walk(arg, "", position);
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

/** Names and types of all inputs as one text: calls with the same run the same program. */
export function signatureOf(given: Argument[]): string {
  return given.map(({ path, position, tensor }) => `${position}.${path}:${tensor.dtype}[${tensor.shape}]`).join();
}

/** The types of a call's inputs by their places; what {@link checkSame} compares with. */
export function typesOf(given: Argument[]): Map<string, { label: string; type: string }> {
  return new Map(
    given.map((input) => [`${input.position}.${input.path}`, { label: labelOf(input), type: typeOf(input) }]),
  );
}

/**
 * Compares a call with the first one of a function that is to be compiled only once.
 *
 * @throws UserError naming the first input that has another shape or dtype, is missing or is new.
 */
export function checkSame(given: Argument[], first: ReturnType<typeof typesOf>, name: string): void {
  const now = typesOf(given);
  for (const place of new Set([...first.keys(), ...now.keys()])) {
    const [was, is] = [first.get(place), now.get(place)];
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
        "give every call the same, or compile another function.",
    );
  }
}

/** Inputs that an error lists at most. */
const listed = 8;

/**
 * An error from inside a function, with what the function was called with: tfjs and XLA name an operation and shapes, and
 * know no names. Inputs whose shapes the message mentions come first, then those that are not carried along.
 *
 * @param message what went wrong, where the error itself does not say it well.
 */
export function explained(error: unknown, name: string, given: Argument[], message?: string): unknown {
  // Errors of our own say enough; those of other kinds are defects, which shapes do not explain.
  if (message === undefined && (!(error instanceof Error) || error.name !== "Error")) return error;
  const said = message ?? (error as Error).message;
  const mentioned = ({ tensor: { shape } }: Argument) =>
    shape.length > 0 && new RegExp(`(?<![\\d,])${shape.join(", ?")}(?!,?\\d)`).test(said);
  const rank = (argument: Argument) => mentioned(argument) ? 0 : argument.donated ? 2 : 1;
  const sorted = given.toSorted((a, b) => rank(a) - rank(b));
  const more = given.length > listed ? ` and ${given.length - listed} more` : "";
  const inputs = sorted.slice(0, listed).map(describe).join(", ") + more;
  return new Error(`${name} failed: ${said.replace(/[.\s]*$/, ".")} Its inputs: ${inputs}.`, { cause: error });
}
