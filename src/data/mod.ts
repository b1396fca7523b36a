/** The data room: stories, vocabulary and batches, and the sets that this kit can make. */
export * from "./stories.ts";
export * from "./vocabulary.ts";
export * from "./batches.ts";
export * from "./draws.ts";
export { type Feed, openFeed } from "./feed.ts";
export { DEFAULTS as CLIPART_DEFAULTS, makeClipart, prepareClipart } from "./clipart/prepare.ts";
export type { Prepared, PrepareOptions } from "./clipart/prepare.ts";
