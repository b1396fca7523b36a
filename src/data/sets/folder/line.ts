/** Parses a story of `stories.jsonl`, the list of a user's own stories. */
import { distance } from "fastest-levenshtein";
import { z } from "zod";
import { idProblem } from "../../../base/file_names.ts";
import { reasonInLine } from "../../../base/files.ts";
import { splits } from "../../store/manifest.ts";
import { tokenize } from "../../store/vocabulary.ts";

const text = z.string().trim().min(1, "expected some text");
/** Text that is compared with other text, such as names: "é" and "e" with a mark are one letter. */
const name = z.string().normalize("NFC");
const composed = text.normalize("NFC");

/** A sentence, optionally with its level. */
const caption = z.union([
  composed.transform((text) => ({ text })),
  z.strictObject({ text: composed, level: z.string().optional() }),
], "expected a sentence or {text, level}").refine(
  ({ text }) => tokenize(text).length > 0,
  "expected a sentence with at least one word of letters or digits",
);

/** A SceneObject, see store/scene.ts. */
const sceneObject = z.strictObject({
  name: composed,
  kind: z.enum(["sky", "large", "boy", "girl", "animal", "clothing", "food", "toy"]),
  x: z.number(),
  y: z.number(),
  z: z.number(),
  flip: z.boolean(),
  pose: name.optional(),
  expression: name.optional(),
  holding: name.optional(),
  wearing: z.array(name).optional(),
  heldBy: name.optional(),
  wornBy: name.optional(),
  attributes: z.array(name).optional(),
});

/** A SceneGraph, see store/scene.ts. */
const scene = z.strictObject({
  place: name.optional(),
  weather: name.optional(),
  event: z.strictObject({
    verb: composed,
    actor: name.optional(),
    object: name.optional(),
    target: name.optional(),
  }).optional(),
  objects: z.array(sceneObject),
});

const frame = z.strictObject({
  /** A path relative to the folder of the list; or the pictures of a clip, of which training uses one at random. */
  image: text.optional(),
  images: z.array(text).min(1, "expected at least one path").optional(),
  captions: z.array(caption).min(1, "expected at least one sentence"),
  /** Names of characters or objects in the frame. */
  labels: z.array(composed).optional(),
  scene: scene.optional(),
}).refine(({ image, images }) => (image === undefined) !== (images === undefined), "expected either image or images")
  .transform(({ image, images, ...frame }) => ({ ...frame, images: images ?? [image!] }));

const line = z.strictObject({
  id: z.union([text, z.int().transform(String)], "expected text or a whole number").superRefine((id, { addIssue }) => {
    const message = idProblem(id);
    if (message !== undefined) addIssue({ code: "custom", message });
  }),
  split: z.enum(splits).optional(),
  frames: z.array(frame).min(1, "expected at least one frame"),
});

export type Line = z.infer<typeof line>;
export type LineFrame = z.infer<typeof frame>;

const keys = [line.shape, frame.in.shape, scene.shape, sceneObject.shape, {
  verb: 0,
  actor: 0,
  target: 0,
  text: 0,
  level: 0,
}]
  .flatMap(Object.keys);
const utf8 = new TextDecoder("utf-8", { fatal: true }); // it removes a byte order mark

/** Parses a line; returns a string, the end of an error message, when the line is not valid. */
export function readLine(bytes: Uint8Array): Line | string {
  let value: unknown;
  try {
    value = JSON.parse(utf8.decode(bytes));
  } catch (error) {
    return error instanceof SyntaxError ? `it is not valid JSON (${reasonInLine(error)})` : "it is not UTF-8 text";
  }
  return readValue(value);
}

/**
 * Parses a whole list that is one JSON array of stories.
 *
 * @returns its entries; undefined where the text does not begin with a bracket.
 * @throws SyntaxError where it does, and is not valid JSON; TypeError where it is not UTF-8.
 */
export function readArray(bytes: Uint8Array): unknown[] | undefined {
  const first = bytes.find((byte) => byte > 32 && ![0xef, 0xbb, 0xbf].includes(byte)); // after a byte order mark
  return first === "[".charCodeAt(0) ? JSON.parse(utf8.decode(bytes)) as unknown[] : undefined;
}

/** Checks a parsed story; returns a string, the end of an error message, when it is not valid. */
export function readValue(value: unknown): Line | string {
  const result = line.safeParse(value);
  if (result.success) return result.data;
  const { issues } = result.error;
  // A misspelt key also causes an issue for the missing key; the one about the spelling is more helpful.
  return complaint(issues.find(({ code }) => code === "unrecognized_keys") ?? issues[0]!, value);
}

type Issue = z.core.$ZodIssue;

/** The path of the wrong value and what was expected, e.g. `frames.0.captions: expected at least one sentence`. */
function complaint(issue: Issue, value: unknown): string {
  const path = issue.path.join(".");
  const at = path === "" ? "" : `${path}: `;
  const there = issue.path.reduce<unknown>((node, part) => (node as Record<PropertyKey, unknown>)?.[part], value);
  if (issue.code === "unrecognized_keys") {
    const key = issue.keys[0]!;
    return `${at}unknown key "${key}"; the nearest known one is "${nearest(key)}"`;
  }
  // A caption is a text or an object: report the issue of the alternative that matches its type.
  if (issue.code === "invalid_union") {
    const branch = issue.errors.find(([first]) => first && !(first.code === "invalid_type" && first.path.length === 0));
    const inner = branch?.[0];
    if (inner) return complaint({ ...inner, path: [...issue.path, ...inner.path] } as Issue, value);
  }
  if (there === undefined && issue.path.length > 0) return `${path} is missing`;
  return `${at}${issue.message.replace(/^Invalid \w+: |, received.*$/g, "")}, not ${shorten(JSON.stringify(there))}`;
}

function nearest(key: string): string {
  return keys.reduce((a, b) => distance(key, b) < distance(key, a) ? b : a);
}

function shorten(text: string): string {
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
