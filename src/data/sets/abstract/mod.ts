/** Abstract Scenes v1.1 (Zitnick and Parikh, 2013): see data/abstract/readme.md. */
import { z } from "zod";
import { fail } from "../../../base/errors.ts";
import { rendererCheck } from "./renderer_check.ts";
import { readFiles } from "./files.ts";
import { isComparable, makeFrame, type Tally, usableScenes } from "./frames.ts";
import { HEIGHT, sceneRenderer, WIDTH } from "./render.ts";
import { SCENES, SETS } from "./scenes.ts";
import { countStories, formStories } from "./stories.ts";
import { setSource } from "../source.ts";

export const source = setSource({
  name: "abstract",
  version: 1,
  about: "Abstract Scenes v1.1: clip-art scenes of two children in a park, six sentences each",
  from: true,
  options: z.object({
    stories: z.enum(["windows", "halves"]).default("windows")
      .describe("all windows of T consecutive scenes of a set, or disjoint ones"),
    frames: whole(1, SCENES).default(5).describe("T, number of scenes of a story"),
    val: whole(0, SETS).default(50).describe("sets of ten scenes for validation"),
    test: whole(0, SETS).default(50).describe("sets of ten scenes for test; all others are for training"),
    seed: whole(0, 2 ** 32 - 1).default(1).describe("selects the sets of each split"),
    check: whole(0, SETS * SCENES).default(100).describe(
      "published pictures that are rendered again, to check the renderer",
    ),
  }),
  async open(options, bad, archive) {
    const files = await readFiles(archive!, bad);
    const render = sceneRenderer((stem) =>
      files.read(
        files.clipArt(stem) ?? fail(`Pngs/${stem}.png is missing, so no scene with it can be rendered; add the file.`),
      )
    );
    const { scenes, invalid, tally } = usableScenes(files, bad);
    const places = Map.groupBy(scenes.values(), ({ set }) => set);
    const stories = formStories(
      new Map([...places].map(([set, those]) => [set, those.map(({ index }) => index)])),
      options,
    );
    const possible = Map.groupBy([...scenes.values(), ...invalid], ({ set }) => set);
    const lost = [...possible.values()].reduce((sum, { length }) => sum + countStories(length, options), 0) -
      stories.length;
    // Scenes of no story, such as the last ones of a set with "halves", are not decoded.
    const inUse = new Set(stories.flatMap((story) => story.frames));
    const used = [...scenes.keys()].filter((scene) => inUse.has(scene));
    const numbers = new Map(used.map((scene, i) => [scene, i]));
    const comparable = used.filter((scene) => isComparable(scenes.get(scene)!, files));
    const check = rendererCheck(comparable, options.check, options.seed);
    return {
      length: options.frames,
      frames: used.map((scene) => makeFrame(scenes.get(scene)!, files, render, check)),
      stories: stories.map((story) => ({ ...story, frames: story.frames.map((scene) => numbers.get(scene)!) })),
      lost,
      scene: { width: WIDTH, height: HEIGHT },
      warnings: [
        ...files.missing,
        ...tallyWarnings(tally),
        ...number("Sentences with a number above 2, skipped", files.surplus.length)
          .map((line) => `${line}, the first in ${files.surplus[0]}`),
        ...number(
          `Sets with fewer than ${options.frames} usable scenes, skipped`,
          [...places.values()].filter(({ length }) => length < options.frames).length,
        ),
      ],
      findings: check.findings,
    };
  },
});

function whole(least: number, most: number) {
  const range = `expected ${least} to ${most}`;
  return z.coerce.number().int("expected a whole number").min(least, range).max(most, range);
}

function tallyWarnings(tally: Tally): string[] {
  return [
    ...number("Scenes without objects, skipped", tally.withoutObjects),
    ...number("Scenes without a sentence, skipped", tally.withoutSentences),
    ...number("Scenes whose only sentence is the one of their set", tally.onlySeed),
    ...number("Scenes with sentences of one author only", tally.oneAuthor),
    ...number("Scenes without a published picture, rendered by the kit", tally.renderedHere),
  ];
}

function number(what: string, count: number): string[] {
  return count === 0 ? [] : [`${what}: ${count}`];
}
