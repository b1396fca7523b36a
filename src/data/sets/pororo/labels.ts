/** Reads from labels.npy which characters a clip shows. */
import { isKind, type PythonValue } from "../../../formats/python/values.ts";
import type { BadInput } from "../source.ts";
import { clipKey, type PororoFiles, readDictionary } from "./files.ts";

/** The characters in the order of the label vector. */
export const characters = ["Pororo", "Loopy", "Crong", "Eddy", "Poby", "Petty", "Tongtong", "Rody", "Harry"];

/** Nine zeros and ones for each clip, by key; undefined if there is no labels.npy. */
export async function readLabels(files: PororoFiles, bad: BadInput): Promise<Map<string, number[]> | undefined> {
  const file = await readDictionary(files, "labels.npy");
  if (!file) return undefined;
  const labels = new Map<string, number[]>();
  for (const [name, value] of file.entries) {
    const key = clipKey(name);
    const vector = isKind(value, "array") ? [...value.data] : value;
    if (key === undefined) {
      bad.drop(`${file.where} has a label whose key is not a clip "<series>/<episode>/<number>".`);
    } else if (!Array.isArray(vector) || vector.length !== characters.length || !vector.every(isFlag)) {
      bad.drop(`${file.where} has a label for "${key}" that does not consist of ${characters.length} zeros and ones.`);
    } else labels.set(key, vector.map(Number));
  }
  return labels;
}

function isFlag(value: PythonValue): boolean {
  return value === 0 || value === 1 || typeof value === "boolean";
}
