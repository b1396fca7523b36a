/** Lists that end early or yield nothing. */
import { assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { UserError } from "../../../../src/base/errors.ts";
import { openArchive } from "../../../../src/data/files/archive.ts";
import { checkEnd, sceneOf } from "../../../../src/data/sets/abstract/list_end.ts";
import { source } from "../../../../src/data/sets/abstract/mod.ts";
import type { BadInput, Source } from "../../../../src/data/sets/source.ts";
import { abstractFiles, type Files, refusing, skipping, withFolder } from "./fixture.ts";

const utf8 = (text: string) => new TextEncoder().encode(text);
const scenes = { unit: "scene", last: 39, numberOf: sceneOf };
const upTo = (last: number) => Array.from({ length: last + 1 }, (_, scene) => `${scene}\t0\tMike.\n`).join("");

Deno.test("checkEnd() refuses a list that is cut off, and warns of one that ends early or without a line end", () => {
  const check = (text: string, bad: BadInput = refusing) => checkEnd(utf8(text), "S1.txt", scenes, bad);
  assertEquals(check(upTo(39)).warnings, []);
  assertEquals(check(upTo(29)).warnings, []); // ten scenes without sentences happen
  assertEquals(check(upTo(28)).warnings, [
    "S1.txt ends at scene 28 of 0 to 39; if it should have more, replace it by the published file",
  ]);
  assertEquals(check(upTo(38) + "39\t0\tIs the small bas").warnings, [
    'S1.txt has no line end after line 40, "39\t0\tIs the small bas"; check that it is whole',
  ]);
  const cut = upTo(23) + "24\t0\tIs the small bas";
  const { message } = assertThrows(() => check(cut), UserError);
  assertStringIncludes(message, 'S1.txt is cut off in line 25, "24\t0\tIs the small bas", at scene 23 of 0 to 39');
  const bad = skipping();
  assertEquals(check(cut, bad).bytes, utf8(upTo(23)));
  assertEquals(bad.messages.length, 1);
});

const all = await abstractFiles({ rendered: false });
const one = "SimpleSentences/SimpleSentences1_10020.txt";
const other = "SimpleSentences/SimpleSentences2_10020.txt";
const tuples = "SimpleSentences/tuples/TuplesText1_10020.txt";

async function opened(files: Files, bad: BadInput = refusing): Promise<Source> {
  let found: Source | undefined;
  await withFolder({ ...all, ...files }, async (folder) => {
    found = await source.open(source.options.parse({ val: 1, test: 1, check: 0 }), bad, await openArchive(folder));
  });
  return found!;
}

Deno.test("abstract refuses lists that yield nothing, or skips them as invalid input", async () => {
  const surplusOnly = "0\t3\tToo many.\n39\t3\tToo many.\n";
  for (
    const [path, text] of [[one, ""], [one, "\n \r\n"], [one, surplusOnly], [tuples, ""], ["Sentences_1002.txt", ""]]
  ) {
    await assertRejects(() => opened({ [path!]: text! }), UserError, `${path} has no `);
  }
  const bad = skipping();
  const { frames } = await opened({ [one]: "" }, bad);
  assertEquals([bad.messages.length, frames[0]!.captions.length], [1, 3]);
  await assertRejects(() => opened({ [one]: "", [other]: "" }, skipping()), UserError, "No file of sentences");
});

Deno.test("abstract refuses a list cut at 60 %, and no part of a sentence becomes a caption", async () => {
  const text = all[other] as string;
  const cut = text.slice(0, Math.floor(0.6 * text.length));
  await assertRejects(() => opened({ [other]: cut }), UserError, `${other} is cut off in line`);
  const bad = skipping();
  const { frames } = await opened({ [other]: cut }, bad);
  assertEquals(bad.messages.length, 1);
  const whole = new Set((await opened({})).frames.flatMap(({ captions }) => captions.map(({ text }) => text)));
  for (const { captions } of frames) for (const { text } of captions) assertEquals(whole.has(text), true, text);
});

Deno.test("abstract counts the stories that are lost with invalid scenes", async () => {
  const bad = skipping();
  const spoiled = (all["Scenes_10020.txt"] as string).replace("t_4s.png\t7\t4", "t_4s.png\t7\t9"); // of scene 0_0
  const { stories, lost } = await opened({ "Scenes_10020.txt": spoiled }, bad);
  assertEquals([bad.messages.length, stories.length, lost], [1, 22, 1]);
});
