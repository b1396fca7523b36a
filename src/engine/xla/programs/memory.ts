/** Returning free memory of this process to the system. */

type Trim = (keep: bigint) => number;
let trim: Trim | undefined;

/**
 * Returns freed memory to the system.
 *
 * XLA's compiler allocates 900 MB for the training step of `paper` and frees most of it, but glibc keeps the freed
 * memory in blocks that are too small for the arrays of a program, so that training would need this much more. Does
 * nothing with another C library.
 */
export function returnFreeMemory(): void {
  trim ??= findTrim();
  trim(0n);
}

function findTrim(): Trim {
  try {
    const { symbols } = Deno.dlopen("libc.so.6", { malloc_trim: { parameters: ["usize"], result: "i32" } });
    return symbols.malloc_trim;
  } catch {
    return () => 0;
  }
}
