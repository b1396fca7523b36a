/**
 * What this project uses of `jsr:@std/cli`, for networks that do not reach it: the same names, signatures and results.
 * Without the `links` line of deno.json the published package serves instead.
 *
 * @module
 */
export * from "./parse_args.ts";
