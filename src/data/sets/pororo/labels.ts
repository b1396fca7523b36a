/** Which characters a clip shows, from labels.npy. */
import { isKind, type PythonValue } from "../../../formats/python/values.ts";
import type { BadInput } from "../source.ts";
import { clipKey, type Layout, readDictionary } from "./files.ts";

/** In the order of the label vector. */
export const characters = ["Pororo", "Loopy", "Crong", "Eddy", "Poby", "Petty", "Tongtong", "Rody", "Harry"];

/** Nine zeros and ones for each clip, by key; undefined where there is no labels.npy. */
export async function readLabels(layout: Layout, bad: BadInput): Promise<Map<string, number[]> | undefined> {
  const file = await readDictionary(layout, "labels.npy");
  if (!file) return undefined;
  const labels = new Map<string, number[]>();
  for (const [name, value] of file.entries) {
    const key = clipKey(name);
    const vector = isKind(value, "array") ? [...value.data] : value;
    if (key === undefined) {
      bad.drop(`${file.where} has a label for what is no clip "<series>/<episode>/<number>".`);
    } else if (!Array.isArray(vector) || vector.length !== characters.length || !vector.every(isFlag)) {
      bad.drop(`${file.where} has a label for "${key}" that is not ${characters.length} zeros and ones.`);
    } else labels.set(key, vector.map(Number));
  }
  return labels;
}

function isFlag(value: PythonValue): boolean {
  return value === 0 || value === 1 || typeof value === "boolean";
}
