/** Errors of XLA that the user can act on, explained: memory exhausted, flags that a plugin does not support. */
import { UserError } from "../../../base/errors.ts";
import { flagsVariable } from "./options.ts";
import { XlaError } from "./plugin.ts";

/** State of the device, for the error message. */
export interface Situation {
  platform: string;
  /** Bytes of all tensors on the device. */
  bytes: number;
  /** Fraction of a GPU's memory that the engine may allocate. */
  memory: number;
}

/** `PJRT_Error_Code_RESOURCE_EXHAUSTED`. */
const exhausted = 8;

/**
 * The error to throw in place of `error`: a UserError where the user can act, otherwise an XlaError with the operation
 * that failed.
 *
 * @param doing The operation, e.g. "compile a program".
 * @param asked Number of bytes requested, where XLA's message may not contain it.
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
  const share = gpu && memory < 0.9 ? `, raise the fraction of the GPU's memory (deviceMemory, now ${memory})` : "";
  return `${gpu ? "The GPU" : "This machine"} has not enough memory to ${doing}: ` +
    `${
      wanted === undefined ? "more was asked for than is left" : `${readable(wanted)} were asked for`
    }, in addition to ` +
    `${readable(bytes)} of tensors. Lower train.batch${share} or choose a smaller preset such as small; a ` +
    "run that stopped here continues from its last checkpoint with deno task resume.";
}

/** Bytes of a failed allocation, from XLA's message: "allocating N bytes", "allocate N bytes" or "2.5GiB (N B)". */
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
    ? `This XLA plugin does not know the flag ${flag}, so it cannot guarantee reproducible bits: ` +
      "install the plugin of this version with deno task setup, or set deterministic=false."
    : `This XLA plugin does not know the flag ${flag}; correct ${flagsVariable}, or install the plugin of this ` +
      "version with deno task setup.";
}
