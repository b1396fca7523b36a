/** Copies of Pororo-SV with missing strips: the published splits stay what they are. */
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { UserError } from "../../../../src/base/errors.ts";
import { source } from "../../../../src/data/sets/pororo/mod.ts";
import type { Source } from "../../../../src/data/sets/source.ts";
import { refusing, skipping } from "../abstract/fixture.ts";
import { archiveOf, pororoFiles } from "./fixture.ts";

type Files = Record<string, Uint8Array>;

const open = (files: Files, split: string, bad = refusing): Promise<Source> =>
  source.open(source.options.parse({ split }), bad, archiveOf(files));
const without = (files: Files, ...names: string[]): Files =>
  Object.fromEntries(Object.entries(files).filter(([path]) => !names.some((name) => path.includes(name))));

const first = "Pororo_ENGLISH1_1/Pororo_ENGLISH1_1_ep1/";
const all = without(await pororoFiles(), "_cache4.npy");

/** The split of each story. */
const splitsOf = ({ stories }: Source) =>
  new Map(stories.map(({ id, split }) => [id, split === "val" ? "train" : split]));

Deno.test("Pororo-SV without caches and with a strip missing keeps the published split of every other story", async () => {
  const whole = splitsOf(await open(all, "published"));
  for (const gap of ["1.png", "7.png", "15.png"]) { // the first, one in the middle, the last
    const files = without(all, first + gap);
    const missing = `has no strip "${first}${gap}"`;
    assertStringIncludes((await assertRejects(() => open(files, "published"), UserError)).message, missing);
    const bad = skipping();
    const set = await open(files, "published", bad);
    const found = splitsOf(set);
    for (const [id, split] of found) assertEquals(split, whole.get(id), `${gap}: ${id}`);
    assertEquals([bad.messages.length, set.lost], [1, whole.size - found.size]);
  }
});

Deno.test("Pororo-SV numbers the windows of an episode whose folder is missing, too", async () => {
  const files = without(all, `${first}`);
  const bad = skipping();
  const [whole, found] = [splitsOf(await open(all, "published")), splitsOf(await open(files, "published", bad))];
  for (const [id, split] of found) assertEquals(split, whole.get(id), id);
  assertStringIncludes(bad.messages.join("\n"), "which has no folder of strips");
});

Deno.test("Pororo-SV without numbers of clips refuses a published split when the last strip is missing", async () => {
  const bare = without(all, "frames_counter.npy");
  const { warnings } = await open(bare, "published");
  assertStringIncludes(warnings![0]!, "4 episodes have no number of clips in frames_counter.npy");
  assertStringIncludes((await open(all, "published")).warnings![0]!, "numbered by frames_counter.npy");
  const { message } = await assertRejects(() => open(without(bare, `${first}15.png`), "published"), UserError);
  assertStringIncludes(message, `There is a caption but no strip "${first}15.png"`);
});

Deno.test("Pororo-SV warns of captions whose last line has no end", async () => {
  const files = without(all, "descriptions.npy");
  const csv = files["descriptions.csv"]!;
  const cut = { ...files, "descriptions.csv": csv.subarray(0, csv.length - 5) };
  assertEquals((await open(files, "episodes")).warnings, []);
  assertStringIncludes((await open(cut, "episodes")).warnings![0]!, "has no line end after its last line");
});
