/** A whole GAN run with its text encoder, trained in seconds: what verifying and reproducing start from. */
import { prepareSet } from "../../src/data/mod.ts";
import { openWorkplace } from "../../src/runs/workplace.ts";
import { trainIn } from "../../src/runs/train.ts";
import { tinyConfig } from "../train/tiny.ts";

export const encoderName = "0001-damsm-tiny-clipart";

const settings = [
  "text.steps=2",
  "train.steps=8",
  "record.log=2",
  "record.sample=4",
  "record.checkpoint=4",
  "record.keep=true",
];

/** Prepares the data, trains encoder and run below `root`; gives the run's folder. */
export async function smallRun(root: string): Promise<string> {
  await prepareSet("clipart", { options: { stories: 12, seed: 1 }, root: `${root}/data` });
  const place = await openWorkplace(tinyConfig(...settings), { runs: `${root}/runs`, data: `${root}/data` });
  return (await trainIn(place, { name: "small" })).folder;
}

/** Changes a JSON file. */
export function changeJson(path: string, change: (value: Record<string, unknown>) => void): void {
  const value = JSON.parse(Deno.readTextFileSync(path));
  change(value);
  Deno.writeTextFileSync(path, JSON.stringify(value, null, 2) + "\n");
}

/** As if the run came from the clean sources of a commit that this clone does not have, and was evaluated by them. */
export function asCommitted(folder: string): void {
  const files = [...Deno.readDirSync(folder)].map(({ name }) => name);
  for (const name of files.filter((name) => /^(environment|metrics|metric-.+|curve)\.jsonl?$/.test(name))) {
    const commit = `"commit":"${"c0ffee".padEnd(40, "0")}"`;
    const text = Deno.readTextFileSync(`${folder}/${name}`).replace(/"commit": ?(null|"\w+")/g, commit)
      .replace(/"uncommitted": "\w+"/, '"uncommitted": null');
    Deno.writeTextFileSync(`${folder}/${name}`, text);
  }
  if (files.includes("uncommitted.diff")) Deno.removeSync(`${folder}/uncommitted.diff`);
}
