import { assert, assertEquals, assertRejects } from "@std/assert";
import sharp from "sharp";
import { projectRoot } from "../../src/base/files.ts";
import { fixedPictures, openStorySet, prepareSet } from "../../src/data/mod.ts";
import { readLine } from "../../src/data/sets/folder/line.ts";
import type { SetSource } from "../../src/data/sets/source.ts";
import { zip } from "../fixtures/zip.ts";

const readme = await Deno.readTextFile(`${projectRoot}/data/readme.md`);

/** The code blocks of one language. */
const blocks = (language: string) =>
  [...readme.matchAll(/^```(\w+)\n([^]*?)^```$/gm)].filter(([, name]) => name === language).map(([, , code]) => code!);

/** Three squares side by side: red, green, blue. */
async function strip(): Promise<Uint8Array> {
  const squares = ["#f00", "#0f0", "#00f"].map((fill, i) =>
    `<rect x="${40 * i}" width="40" height="40" fill="${fill}"/>`
  );
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="120" height="40">${squares.join("")}</svg>`;
  return new Uint8Array(await sharp(new TextEncoder().encode(svg)).png().toBuffer());
}

Deno.test("data/readme.md: the set of 40 lines prepares a set", async () => {
  const [code] = blocks("ts");
  const lines = code!.trimEnd().split("\n").filter((line) => line !== "");
  assert(lines.length <= 40, `it has ${lines.length} lines`);
  const folder = await Deno.makeTempDir();
  // Inside the project, where its libraries are found; its own imports are those of src/data/sets/comics/mod.ts.
  const path = `${projectRoot}/tests/data/comics.${Deno.pid}.tmp.ts`;
  try {
    await Deno.writeTextFile(
      path,
      code!.replaceAll(
        /from "(\.\.\/[^"]+)"/g,
        (_, to) => `from "${new URL(to, `file://${projectRoot}/src/data/sets/comics/`)}"`,
      ),
    );
    const { source } = await import(`file://${path}`) as { source: SetSource };
    const table = ["train,a.png,One,two,three", "val,b.png,Four,five,six", "dev,c.png,Seven,eight,nine"].join("\n");
    const files = { "top/comics.csv": table, "top/a.png": await strip(), "top/b.png": await strip() };
    await Deno.writeFile(`${folder}/comics.zip`, zip(files));
    const options = { from: `${folder}/comics.zip`, root: folder, options: { mark: "!" } };
    await assertRejects(() => prepareSet(source, options), Error, "comics.csv:3");
    const { manifest } = await prepareSet(source, { ...options, skipBad: true });
    assertEquals([manifest.stories, manifest.dropped], [{ train: 1, val: 1, test: 0 }, 1]);
    const set = await openStorySet("comics", folder);
    const [story] = set.split("val");
    assertEquals(story!.frames.map(({ captions }) => captions[0]!.text), ["Four!", "five!", "six!"]);
    const colours = fixedPictures(set, story!).map((bytes) => [...bytes.subarray(0, 3)]);
    assertEquals(colours, [[255, 0, 0], [0, 255, 0], [0, 0, 255]]);
  } finally {
    await Deno.remove(path);
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("data/readme.md: the line of stories.jsonl is one", () => {
  const [line] = blocks("json");
  const story = readLine(new TextEncoder().encode(line!.replace(", …", "")));
  assert(typeof story !== "string", String(story));
  assertEquals(story.frames[0]!.images, ["snow/1.png"]);
});
