/** The data room: prepared sets, vocabulary, batches and the preparation of sets. */
export * from "./store/stories.ts";
export * from "./store/vocabulary.ts";
export * from "./batches/stories.ts";
export * from "./batches/pairs.ts";
export * from "./batches/noise.ts";
export { type Loader, type LoaderPlan, type LoaderSpec, openLoader } from "./batches/loader.ts";
export type { HostBatch, HostTensor } from "./batches/host_tensor.ts";
export { type Prepared, type PrepareOptions, prepareSet } from "./prepare/prepare.ts";
export { findSource, sourceNames } from "./sets/mod.ts";
export * from "./store/caption_statistics.ts";
export { contactFrames, drawContactSheet } from "./prepare/contact_sheet.ts";
export { writeStoryFolder } from "./sets/folder/write.ts";
