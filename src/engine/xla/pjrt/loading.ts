/**
 * Why a plugin library does not load, in the user's words: what the system says of it names neither the processor nor
 * the remedy.
 */
import { fail } from "../../../base/errors.ts";

/** ELF's `e_machine` by Deno's names, and some that people have. */
const machines: Record<number, string> = {
  3: "x86",
  22: "s390x",
  40: "arm",
  62: "x86_64",
  183: "aarch64",
  243: "riscv64",
};

/**
 * Refuses a library that was made for another processor, by the first bytes of the file.
 *
 * @throws UserError naming both processors. What is no ELF file, or cannot be read, is left for the system to judge.
 */
export function checkProcessor(path: string, arch: string = Deno.build.arch): void {
  const head = new Uint8Array(20);
  try {
    using file = Deno.openSync(path);
    file.readSync(head);
  } catch {
    return; // a name that the system looks up, or a file that is not there
  }
  const elf = head[0] === 0x7f && String.fromCharCode(...head.subarray(1, 4)) === "ELF";
  const littleEndian = head[5] === 1;
  if (!elf) return;
  const machine = new DataView(head.buffer).getUint16(18, littleEndian);
  const found = machines[machine] ?? `processor ${machine}`;
  if (found !== arch) {
    fail(
      `The XLA plugin ${path} is for ${found}, and this machine is ${arch}; run \`deno task setup --force\` to install ` +
        `the one for ${arch}, or set engine=wasm.`,
    );
  }
}

/** Throws the reason of a failed dlopen as a UserError. */
export function failLoading(path: string, cause: unknown): never {
  const message = cause instanceof Error ? cause.message.split("\n")[0]! : String(cause);
  const reason = message.replace(/^(Could not open library: )+/, ""); // Deno says it twice
  const missing = /^(\S+): cannot open shared object file: No such file/.exec(reason)?.[1];
  if (missing && missing !== path) {
    fail(
      `The XLA plugin ${path} needs the library ${missing}, which this machine does not have: run \`deno task setup\` ` +
        `to install what belongs to the plugin, or put its folder into LD_LIBRARY_PATH.`,
      cause,
    );
  }
  fail(
    `Cannot load the XLA plugin ${path}: ${reason}. Run \`deno task setup\` to install it again, or set engine=wasm.`,
    cause,
  );
}
