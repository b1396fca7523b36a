/**
 * Builds the frames of stories: a scene with its sentences, its scene graph and its picture.
 */
import { decodePicture } from "../../files/pictures.ts";
import type { Caption, SceneGraph } from "../../store/scene.ts";
import type { BadInput, SourceFrame } from "../source.ts";
import type { RendererCheck } from "./renderer_check.ts";
import type { AbstractFiles } from "./files.ts";
import { type Renderer, renderingOrder } from "./render.ts";
import type { AbstractScene } from "./scenes.ts";
import { tupleKey } from "./tuples.ts";

/** Numbers of scenes with peculiarities, which are reported as warnings. */
export interface Tally {
  withoutObjects: number;
  withoutSentences: number;
  oneAuthor: number;
  onlySeed: number;
  renderedHere: number;
}

/** The number of a scene in all lists except the scene file. */
export function sceneNumber({ set, index }: AbstractScene): number {
  return 10 * set + index;
}

/**
 * The usable scenes by their numbers, in order; the others are counted in the tally, or reported as invalid.
 *
 * @returns also the invalid scenes
 */
export function usableScenes(
  files: AbstractFiles,
  bad: BadInput,
): { scenes: Map<number, AbstractScene>; invalid: AbstractScene[]; tally: Tally } {
  const tally: Tally = { withoutObjects: 0, withoutSentences: 0, oneAuthor: 0, onlySeed: 0, renderedHere: 0 };
  const scenes = new Map<number, AbstractScene>();
  const invalid: AbstractScene[] = [];
  for (const scene of files.scenes) {
    const number = sceneNumber(scene);
    const authors = files.authors.filter(({ byScene }) => byScene.has(number)).length;
    const rendered = files.rendered(scene);
    const lacking = rendered === undefined ? lackingClipArt(scene, files) : undefined;
    if (scene.invalid) invalid.push(scene);
    else if (scene.objects.length === 0) tally.withoutObjects++;
    else if (captionsOf(scene, files).length === 0) tally.withoutSentences++;
    else if (lacking !== undefined) {
      const picture = `RenderedScenes/Scene${scene.set}_${scene.index}.png`;
      bad.drop(`${picture} is missing, and so is Pngs/${lacking}.png, which is needed to render it.`);
      invalid.push(scene);
    } else {
      if (authors === 0) tally.onlySeed++;
      else if (authors < files.authors.length) tally.oneAuthor++;
      if (rendered === undefined) tally.renderedHere++;
      scenes.set(number, scene);
    }
  }
  return { scenes: new Map([...scenes].sort(([a], [b]) => a - b)), invalid, tally };
}

/** Whether a scene has both its published picture and all clip art to render it again. */
export function isComparable(scene: AbstractScene, files: AbstractFiles): boolean {
  return files.rendered(scene) !== undefined && lackingClipArt(scene, files) === undefined;
}

/** The frame of a usable scene. */
export function makeFrame(
  scene: AbstractScene,
  files: AbstractFiles,
  render: Renderer,
  check: RendererCheck,
): SourceFrame {
  const id = `Scene${scene.set}_${scene.index}`;
  const renderPicture = async () => (await decodePicture(await render(scene.objects), `rendered for ${id}`))[0]!;
  return {
    id,
    captions: captionsOf(scene, files),
    scene: sceneGraph(scene),
    async pictures(remark) {
      const rendered = files.rendered(scene);
      if (rendered === undefined) return [await renderPicture()];
      const [picture] = await decodePicture(await files.read(rendered), rendered, undefined, "white", remark);
      await check.compare(sceneNumber(scene), picture!, renderPicture);
      return [picture!];
    },
  };
}

/** The sentences of both authors with their tuples; for a scene without any, the sentence of its set. */
function captionsOf(scene: AbstractScene, { authors, tuples, seeds }: AbstractFiles): Caption[] {
  const number = sceneNumber(scene);
  const captions = authors.flatMap(({ byScene }, author) =>
    [...byScene.get(number) ?? []].flatMap((text, sentence): Caption[] => {
      const stated = tuples[author]?.get(tupleKey(number, sentence));
      return text === undefined ? [] : [{ text, ...stated && { tuples: stated } }];
    })
  );
  const seed = seeds[scene.set];
  return captions.length === 0 && seed ? [{ text: seed }] : captions;
}

function sceneGraph({ objects }: AbstractScene): SceneGraph {
  return {
    objects: renderingOrder(objects).map(({ drawing: { name, kind, pose, expression }, x, y, z, flip }) => ({
      name,
      kind,
      x,
      y,
      z,
      flip,
      ...pose !== undefined && { pose, expression },
    })),
  };
}

/** The first clip-art picture that is missing to render the scene. */
function lackingClipArt({ objects }: AbstractScene, { clipArt }: AbstractFiles): string | undefined {
  return ["background", ...objects.map(({ drawing }) => drawing.stem)].find((stem) => clipArt(stem) === undefined);
}
