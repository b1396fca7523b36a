/**
 * Storyloom's public surface: what a program of one's own calls. Deeper imports work too and may change.
 *
 * @module
 */
export { type Config, resolveConfig } from "./model/config.ts";
export type { StorySystem, Trainable, Update } from "./model/contract.ts";
export { registerSystem, systemByName, systemNames } from "./model/systems/mod.ts";
export { openStorySet, prepareSet, type Story, type StorySet } from "./data/mod.ts";
export { useEngine } from "./engine/mod.ts";
export { findRun, listRuns } from "./records/folder.ts";
export { readRun as openRun, readRuns as openRuns, type RunRecord as Run } from "./records/read.ts";
export { startTraining } from "./runs/train.ts";
export { resumeTraining } from "./runs/resume.ts";
export { sampleStory } from "./runs/sampling/sample_story.ts";
export { openShippedModel } from "./runs/shipped/open.ts";
export { evaluateRun } from "./evaluation/evaluate.ts";
export { evaluateFolders } from "./evaluation/folders.ts";
export { verifyRun } from "./reproduction/verify/run.ts";
export { reproduceRun } from "./reproduction/reproduce.ts";
