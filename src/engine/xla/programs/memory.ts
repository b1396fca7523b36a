/** Memory of this process that the system's allocator holds without need. */

type Trim = (keep: bigint) => number;
let trim: Trim | undefined;

/**
 * Gives freed memory back to the system.
 *
 * XLA's compiler takes 900 MB for the training step of `paper` and frees most of it, but glibc keeps what was freed,
 * in pieces that are too small for the arrays of a running program: training would need that much more. Does nothing
 * where the C library is another one.
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
