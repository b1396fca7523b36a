/**
 * Reads `Scenes_10020.txt`, the objects of each scene.
 *
 * The first line is the number of scenes. A scene is a line "set objects", followed by one row for each object:
 * picture, type, number, x, y, z, flip. The index of a scene in its set follows only from the order of the file, so a
 * set with missing or additional scenes cannot be matched with its pictures and sentences.
 */
import { counted } from "../../../base/text.ts";
import type { BadInput } from "../source.ts";
import { type Drawing, drawingOf } from "./objects.ts";
import { textLines, wholeNumber } from "./text_lines.ts";

/** Number of sets, and of scenes of a set. */
export const SETS = 1002;
export const SCENES = 10;
/** x or y of an object that was removed from its scene. */
const ABSENT = -10000;

/** One object of a scene. */
export interface ClipArt {
  drawing: Drawing;
  /** The centre, in pixels of the 500 × 400 scene from the top left. */
  x: number;
  y: number;
  /** Depth: 0 near, 2 far. */
  z: number;
  flip: boolean;
}

export interface AbstractScene {
  set: number;
  /** Index in the set, 0 to 9. */
  index: number;
  /** In the order of the file, without removed ones; none of an invalid scene. */
  objects: ClipArt[];
  /** Whether the scene was skipped as invalid input. */
  invalid?: true;
}

/** The lines of one scene: the line number of its header, and its rows. */
interface Block {
  line: number;
  set: number;
  count: number;
  rows: { line: number; fields: string[] }[];
}

/**
 * The scenes, in the order of the file.
 *
 * @throws UserError with file and line for an invalid scene, or a set without exactly ten scenes; if invalid input is
 *   skipped, that scene or the ten scenes of that set are marked as invalid
 */
export function readScenes(bytes: Uint8Array, where: string, bad: BadInput): AbstractScene[] {
  const blocks = readBlocks(textLines(bytes, where), where, bad);
  return [...Map.groupBy(blocks, ({ set }) => set)].flatMap(([set, scenes]) => {
    const invalid = (index: number): AbstractScene => ({ set, index, objects: [], invalid: true });
    if (scenes.length !== SCENES) {
      const found = counted(scenes.length, "scene");
      bad.drop(`${where} line ${scenes[0]!.line}: set ${set} has ${found}, expected ${SCENES}.`);
      return Array.from({ length: SCENES }, (_, index) => invalid(index));
    }
    return scenes.map((scene, index) => {
      const objects = readObjects(scene, where);
      if (typeof objects !== "string") return { set, index, objects };
      bad.drop(objects);
      return invalid(index);
    });
  });
}

/** Splits the file at the headers of scenes, which are the lines with two fields. */
function readBlocks(texts: string[], where: string, bad: BadInput): Block[] {
  const lines = texts.map((text, i) => ({ line: i + 1, fields: text.trim().split(/\s+/) }))
    .filter(({ fields }) => fields[0] !== "");
  const first = lines[0]?.fields.length === 1 ? lines.shift() : undefined;
  const blocks: Block[] = [];
  let skipping = false; // whether rows belong to an invalid header, which was reported already
  for (const { line, fields } of lines) {
    if (fields.length === 2) {
      const [set, count] = [wholeNumber(fields[0], 0, SETS - 1), wholeNumber(fields[1], 0, 1000)];
      skipping = set === undefined || count === undefined;
      if (!skipping) blocks.push({ line, set: set!, count: count!, rows: [] });
      else {bad.drop(
          `${where} line ${line}: ${quote(fields)} is not a set (0 to ${SETS - 1}) with a number of objects.`,
        );}
    } else if (blocks.length === 0 && !skipping) {
      skipping = true;
      bad.drop(`${where} line ${line}: ${quote(fields)} belongs to no scene; a line with set and objects is missing.`);
    } else if (!skipping) {
      blocks.at(-1)!.rows.push({ line, fields });
    }
  }
  const expected = wholeNumber(first?.fields[0], 0, SETS * SCENES);
  if (expected === undefined) {
    bad.drop(`${where} line ${first?.line ?? 1}: the first line must be the number of scenes.`);
  } else if (expected !== blocks.length) {
    bad.drop(`${where} line ${first!.line}: the file states ${expected} scenes but contains ${blocks.length}.`);
  }
  return blocks;
}

/** The objects of a scene, or an error message. */
function readObjects({ line, set, count, rows }: Block, where: string): ClipArt[] | string {
  if (rows.length !== count) {
    return `${where} line ${line}: a scene of set ${set} states ${counted(count, "object")} but has ${rows.length}.`;
  }
  const objects: ClipArt[] = [];
  for (const { line, fields } of rows) {
    const wrong = (what: string) => `${where} line ${line}: ${what} in ${quote(fields)}.`;
    if (fields.length !== 7) return wrong(`${fields.length} fields, expected 7,`);
    const [png, type, number, xText, yText, zText, flipText] = fields as string[];
    const drawing = drawingOf(png!);
    if (!drawing) return wrong(`${quote([png!])} is not a clip-art picture of the data set,`);
    if (wholeNumber(type, 0, 7) !== drawing.type || wholeNumber(number, 0, 34) !== drawing.number) {
      return wrong(`type and number should be ${drawing.type} and ${drawing.number}`);
    }
    const [x, y] = [place(xText!), place(yText!)];
    const [z, flip] = [wholeNumber(zText, 0, 2), wholeNumber(flipText, 0, 1)];
    if (x === undefined || y === undefined) return wrong(`x and y should be pixels`);
    if (x === ABSENT || y === ABSENT) continue;
    if (z === undefined || flip === undefined) return wrong(`z should be 0, 1 or 2 and flip 0 or 1`);
    objects.push({ drawing, x, y, z, flip: flip === 1 });
  }
  return objects;
}

/** A coordinate; objects may lie partly outside the scene, but no coordinate exceeds that of removed objects. */
function place(text: string): number | undefined {
  if (!/^-?\d{1,5}(\.\d{1,9})?$/.test(text)) return undefined;
  return Math.abs(Number(text)) <= -ABSENT ? Number(text) : undefined;
}

/** Fields as text for a message. */
function quote(fields: string[]): string {
  const text = fields.join(" ");
  return `"${text.length > 60 ? `${text.slice(0, 59)}…` : text}"`;
}
