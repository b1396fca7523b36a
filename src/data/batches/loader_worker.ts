/// <reference no-default-lib="true" />
/// <reference lib="deno.worker" />
/** The other end of feed.ts: a thread that opens the data set and makes what is asked for, step by step. */
import { UserError } from "../../base/errors.ts";
import { type Answer, type Fed, type FeedKind, makeFed, type Opening } from "./loader.ts";
import { reopenStorySet } from "../store/stories.ts";
import { vocabularyFromWords } from "../store/vocabulary.ts";

/** Makes what a step is fed; set by the first message. */
let make: (step: number) => Fed[FeedKind];
/** Messages are dealt with one after another, so that answers keep the order of the questions. */
let turn = Promise.resolve();

self.onmessage = ({ data }: MessageEvent<Opening | number>) => {
  turn = turn.then(() => typeof data === "number" ? answer(made(data)) : open(data));
};

/** An opening that fails is told with every step that is asked for. */
async function open({ set, words, plan }: Opening): Promise<void> {
  try {
    const stories = await reopenStorySet(set);
    const vocabulary = vocabularyFromWords(words);
    make = (step) => makeFed(stories, vocabulary, plan, step);
  } catch (error) {
    make = () => {
      throw error;
    };
  }
}

function made(step: number): Answer {
  try {
    return { fed: make(step) };
  } catch (error) {
    const { message, stack } = error as Error;
    return { error: { message, stack, ofUser: error instanceof UserError } };
  }
}

/** Hands an answer over; the memory of its arrays goes with it. */
function answer(message: Answer): void {
  self.postMessage(message, "fed" in message ? buffersOf(message.fed) : []);
}

/** The memory of all arrays in a record, however deep. */
function buffersOf(value: unknown): ArrayBuffer[] {
  if (ArrayBuffer.isView(value)) return [value.buffer as ArrayBuffer];
  return value !== null && typeof value === "object" ? Object.values(value).flatMap(buffersOf) : [];
}
