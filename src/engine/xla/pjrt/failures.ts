/** XLA's errors in the user's words, where a user can do something: memory that ran out, flags that a plugin lacks. */
import { UserError } from "../../../base/errors.ts";
import { flagsVariable } from "./options.ts";
import { XlaError } from "./plugin.ts";

/** What the message of a failure needs to know of the device. */
export interface Situation {
  platform: string;
  /** Bytes that tensors take up on the device. */
  bytes: number;
  /** The share of a GPU's memory that the engine may take. */
  memory: number;
}

/** `PJRT_Error_Code_RESOURCE_EXHAUSTED`. */
const exhausted = 8;

/**
 * The error to throw for `error`: a UserError where the user can act, else XLA's own words with what was being done.
 *
 * @param doing e.g. "compile a program".
 * @param asked bytes that were wanted, where XLA need not say so.
 */
export function explain(error: unknown, doing: string, situation: Situation, asked?: number): unknown {
  if (!(error instanceof XlaError)) return error;
  const { message, code } = error;
  if (code === exhausted || /RESOURCE_EXHAUSTED|\bout of memory\b/i.test(message)) {
    return new UserError(outOfMemory(message, doing, situation, asked), { cause: error });
  }
  const unknown = /No such compile option: '(\w+)'/.exec(message)?.[1];
  if (unknown) return new UserError(unknownFlag(unknown), { cause: error });
  const unfit = /While setting option (\w+), ('.*' is not a valid \w+ value)/.exec(message);
  if (unfit) {
    return new UserError(`XLA's flag ${unfit[1]}: ${unfit[2]}; correct ${flagsVariable}.`, { cause: error });
  }
  return new XlaError(`XLA could not ${doing}: ${message}`, code);
}

function outOfMemory(message: string, doing: string, { platform, bytes, memory }: Situation, asked?: number): string {
  const gpu = platform !== "cpu";
  const wanted = askedBytes(message) ?? asked;
  const share = gpu && memory < 0.9 ? `, let the engine take more of the GPU (deviceMemory, now ${memory})` : "";
  return `${gpu ? "The GPU" : "This machine"} has not enough memory to ${doing}: ` +
    `${wanted === undefined ? "more was asked for than is left" : `${readable(wanted)} were asked for`}, beside ` +
    `${readable(bytes)} that tensors take up. Lower train.batch${share} or choose a smaller preset such as small; a ` +
    "run that stopped here goes on from its last checkpoint.";
}

/** How many bytes an allocation of XLA's wanted: it writes "allocating N bytes", "allocate N bytes", "2.5GiB (N B)". */
export function askedBytes(message: string): number | undefined {
  const plain = /\b(\d+) ?(?:bytes|B\))/.exec(message)?.[1];
  if (plain) return Number(plain);
  const [, number, unit] = /\b(\d+(?:\.\d+)?) ?([KMGT])iB\b/.exec(message) ?? [];
  return unit ? Number(number) * 1024 ** ("KMGT".indexOf(unit) + 1) : undefined;
}

/** 2_500_000_000 as "2.50 GB". */
function readable(bytes: number): string {
  const power = Math.min(4, Math.max(0, Math.floor(Math.log10(Math.max(1, bytes)) / 3)));
  return `${power === 0 ? bytes : (bytes / 1000 ** power).toFixed(2)} ${["bytes", "kB", "MB", "GB", "TB"][power]}`;
}

function unknownFlag(flag: string): string {
  return flag.includes("determinis")
    ? `This XLA plugin knows no flag ${flag}, so it cannot promise the same bits twice: install the plugin of this ` +
      "version with deno task setup, or set deterministic=false."
    : `This XLA plugin knows no flag ${flag}; correct ${flagsVariable}, or install the plugin of this version.`;
}
