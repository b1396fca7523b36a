/**
 * Explains why a plugin library does not load, because the errors of the system name neither the processor nor a
 * remedy.
 */
import { fail } from "../../../base/errors.ts";

/** Names of processors by ELF's `e_machine`; those of Deno where it has one. */
const machines: Record<number, string> = {
  3: "x86",
  22: "s390x",
  40: "arm",
  62: "x86_64",
  183: "aarch64",
  243: "riscv64",
};

/**
 * Refuses a library for another processor, by the first bytes of the file. A file that is not ELF or cannot be read is
 * accepted here; loading it will fail.
 *
 * @throws UserError that names both processors.
 */
export function checkProcessor(path: string, arch: string = Deno.build.arch): void {
  const head = new Uint8Array(20);
  try {
    using file = Deno.openSync(path);
    file.readSync(head);
  } catch {
    return; // a name without a path, or a missing file
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

/** @throws UserError always, with the reason of a failed dlopen. */
export function failLoading(path: string, cause: unknown): never {
  const message = cause instanceof Error ? cause.message.split("\n")[0]! : String(cause);
  const reason = message.replace(/^(Could not open library: )+/, ""); // Deno repeats it
  const missing = /^(\S+): cannot open shared object file: No such file/.exec(reason)?.[1];
  if (missing && missing !== path) {
    fail(
      `The XLA plugin ${path} needs the library ${missing}, which this machine does not have: run \`deno task setup\` ` +
        `to install the libraries of the plugin, or add its folder to LD_LIBRARY_PATH.`,
      cause,
    );
  }
  fail(
    `Cannot load the XLA plugin ${path}: ${reason}. Run \`deno task setup\` to install it again, or set engine=wasm.`,
    cause,
  );
}
