/** The data room: stories, vocabulary and batches, and the sets that this kit can make. */
export * from "./stories.ts";
export * from "./vocabulary.ts";
export * from "./batches.ts";
export * from "./pairs.ts";
export * from "./draws.ts";
export { type Feed, openFeed } from "./feed.ts";
export { type Prepared, type PrepareOptions, prepareSet } from "./prepare/prepare.ts";
export { findSource, sourceNames } from "./sources.ts";
export * from "./describe.ts";
export { contactFrames, drawContactSheet } from "./prepare/contact.ts";
export { writeStoryFolder } from "./folder/write.ts";
