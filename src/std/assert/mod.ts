/**
 * What this project uses of `jsr:@std/assert`, for networks that do not reach it: the same names and signatures, over
 * `node:assert`. Without the `links` line of deno.json the published package serves instead.
 *
 * @module
 */
export * from "./equality.ts";
export * from "./errors.ts";
export * from "./values.ts";
export { AssertionError } from "./assertion_error.ts";
