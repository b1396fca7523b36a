/** Errors of `deno task train` for wrong arguments: one line, no stack trace, exit code 1. */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { prepareSet } from "../../../src/data/mod.ts";
import { narrow } from "../../train/tiny.ts";
import { runToEnd, withFolder } from "../../runs/help.ts";

/** Runs `deno task train` and expects one line of error that contains each of `texts`. */
async function refused(root: string, args: string[], ...texts: string[]): Promise<void> {
  const { code, err } = await runToEnd("train", ["engine=cpu", ...args], root);
  assertEquals(code, 1, err);
  assertMatch(err, /^error: [^\n]+\n$/);
  for (const text of texts) assertStringIncludes(err, text);
}

Deno.test("train refuses unknown settings, and names the known ones", () =>
  withFolder(async (root) => {
    await Promise.all([
      refused(root, ["--set", "train.stepz=4"], 'Unknown config key "train.stepz"', '"train.steps"'),
      refused(root, ["train.batch=1"], '"train.batch" cannot be 1'),
      refused(root, ["train.steps=many"], '"train.steps" cannot be "many"'),
    ]);
    await Promise.all([
      refused(root, ["--preset", "huge"], 'Unknown preset "huge"', "paper, small, mini, tiny"),
      refused(root, ["data.name=pororro"], '"pororro" is not prepared', "clipart"),
      refused(root, ["engine=gpu"], '"engine" cannot be "gpu"', "xla"),
      refused(root, ["--device", "gpu"], '"device" cannot be "gpu"', "cuda:N"),
    ]);
    await Promise.all([
      refused(root, ["--step", "4"], "Unknown option --step", "--set"),
      refused(root, ["0002-ours"], 'Cannot read "0002-ours"', "key=value"),
    ]);
  }));

Deno.test("train refuses incomplete or damaged data, and batches larger than the data", () =>
  withFolder(async (root) => {
    await prepareSet("clipart", { options: { stories: 4, seed: 1 }, root: `${root}/data` });
    const folder = `${root}/data/clipart/prepared`;
    await refused(root, ["train.batch=5"], "train.batch is 5", "has only 4 training stories", "train.batch=4");
    await refused(root, [...narrow, "--name", "a/b"], 'cannot be called "a/b"');

    const images = Deno.readFileSync(`${folder}/images.u8`);
    Deno.writeFileSync(`${folder}/images.u8`, images.subarray(0, 1000));
    await refused(root, narrow, "images.u8", "deno task prepare clipart --force");
    Deno.writeFileSync(`${folder}/images.u8`, images.with(5, images[5]! ^ 1));
    await refused(root, narrow, "images.u8", "SHA-256");
    Deno.writeTextFileSync(`${folder}/manifest.json`, '{"format": "story');
    await refused(root, narrow, "manifest.json", "deno task prepare clipart --force");
    assertEquals([...Deno.readDirSync(root)].map(({ name }) => name), ["data"]); // no run was started
  }));

Deno.test("train --dry-run prints the configuration, the numbers derived from it and what would stop it; starts no run", () =>
  withFolder(async (root) => {
    await prepareSet("clipart", { options: { stories: 10, seed: 1 }, root: `${root}/data` });
    const args = ["engine=cpu", "train.steps=0", "train.epochs=3", "train.batch=4", "--dry-run"];
    const { code, out, err } = await runToEnd("train", [...args, "text.batch=4"], root);
    assertEquals(code, 0, err);
    const stopped = await runToEnd("train", [...args, "text.batch=11"], root);
    assertEquals([stopped.code, stopped.out.includes("· steps")], [1, true]);
    assertStringIncludes(stopped.err, "text.batch is 11");
    for (const text of [/train\.batch +4\n/, /· steps +7 /, /· batches per epoch +2\.5/, /· vocabulary +\d+ words/]) {
      assertMatch(out, text);
    }
    assertEquals([...Deno.readDirSync(root)].map(({ name }) => name), ["data"]);
  }));
