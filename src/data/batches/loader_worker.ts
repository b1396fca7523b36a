/// <reference no-default-lib="true" />
/// <reference lib="deno.worker" />
/** The worker of loader.ts: a thread that opens the data set and makes the data of the requested steps. */
import { UserError } from "../../base/errors.ts";
import { reopenStorySet } from "../store/stories.ts";
import { vocabularyFromWords } from "../store/vocabulary.ts";
import { type Answer, loadStep, type Opening, type StepData } from "./loader.ts";

/** Makes the data of a step; set by the first message. */
let make: (step: number) => StepData;
/** Messages are handled one after another, so that answers keep the order of the requests. */
let turn = Promise.resolve();

self.onmessage = ({ data }: MessageEvent<Opening | number>) => {
  turn = turn.then(() => typeof data === "number" ? answer(made(data)) : open(data));
};

/** An error of opening is reported for every requested step. */
async function open({ set, words, plan }: Opening): Promise<void> {
  try {
    const stories = await reopenStorySet(set);
    const vocabulary = vocabularyFromWords(words);
    make = (step) => loadStep(stories, vocabulary, plan, step);
  } catch (error) {
    make = () => {
      throw error;
    };
  }
}

function made(step: number): Answer {
  try {
    return { data: make(step) };
  } catch (error) {
    const { message, stack } = error as Error;
    return { error: { message, stack, ofUser: error instanceof UserError } };
  }
}

/** Sends an answer and transfers the memory of its arrays. */
function answer(message: Answer): void {
  self.postMessage(message, "data" in message ? buffersOf(message.data) : []);
}

/** The memory of all arrays in a record, however deep. */
function buffersOf(value: unknown): ArrayBuffer[] {
  if (ArrayBuffer.isView(value)) return [value.buffer as ArrayBuffer];
  return value !== null && typeof value === "object" ? Object.values(value).flatMap(buffersOf) : [];
}
