/**
 * Makes the frames of stories: a scene with its sentences, its scene graph and its picture.
 */
import { decodePicture } from "../../files/pictures.ts";
import type { Caption, SceneGraph } from "../../store/scene.ts";
import type { BadInput, SourceFrame } from "../source.ts";
import type { DrawingCheck } from "./renderer_check.ts";
import type { AbstractFiles } from "./files.ts";
import { drawingOrder, type Renderer } from "./render.ts";
import type { AbstractScene } from "./scenes.ts";
import { tupleKey } from "./tuples.ts";

/** How many scenes are not what one would expect; told as warnings. */
export interface Tally {
  withoutObjects: number;
  withoutSentences: number;
  oneAuthor: number;
  onlySeed: number;
  drawn: number;
}

/** A scene's number in all lists but the scene file. */
export function sceneNumber({ set, index }: AbstractScene): number {
  return 10 * set + index;
}

/** The scenes that can be used, by number in order; the others are counted in the tally, or dropped. */
export function usableScenes(
  files: AbstractFiles,
  bad: BadInput,
): { scenes: Map<number, AbstractScene>; tally: Tally } {
  const tally: Tally = { withoutObjects: 0, withoutSentences: 0, oneAuthor: 0, onlySeed: 0, drawn: 0 };
  const scenes = new Map<number, AbstractScene>();
  for (const scene of files.scenes) {
    const number = sceneNumber(scene);
    const authors = files.authors.filter(({ byScene }) => byScene.has(number)).length;
    const rendered = files.rendered(scene);
    const lacking = rendered === undefined ? lackingClipArt(scene, files) : undefined;
    if (scene.objects.length === 0) tally.withoutObjects++;
    else if (captionsOf(scene, files).length === 0) tally.withoutSentences++;
    else if (lacking !== undefined) {
      const picture = `RenderedScenes/Scene${scene.set}_${scene.index}.png`;
      bad.drop(`${picture} is missing, and so is Pngs/${lacking}.png to draw it.`);
    } else {
      if (authors === 0) tally.onlySeed++;
      else if (authors < files.authors.length) tally.oneAuthor++;
      if (rendered === undefined) tally.drawn++;
      scenes.set(number, scene);
    }
  }
  return { scenes: new Map([...scenes].sort(([a], [b]) => a - b)), tally };
}

/** Whether a scene has both a rendered picture and the clip art to draw it again. */
export function isComparable(scene: AbstractScene, files: AbstractFiles): boolean {
  return files.rendered(scene) !== undefined && lackingClipArt(scene, files) === undefined;
}

/** The frame of a scene that can be used. */
export function makeFrame(
  scene: AbstractScene,
  files: AbstractFiles,
  render: Renderer,
  check: DrawingCheck,
): SourceFrame {
  const id = `Scene${scene.set}_${scene.index}`;
  const draw = async () => (await decodePicture(await render(scene.objects), `drawn for ${id}`))[0]!;
  return {
    id,
    captions: captionsOf(scene, files),
    scene: sceneGraph(scene),
    async pictures() {
      const rendered = files.rendered(scene);
      if (rendered === undefined) return [await draw()];
      const [picture] = await decodePicture(await files.read(rendered), rendered);
      await check.compare(sceneNumber(scene), picture!, draw);
      return [picture!];
    },
  };
}

/** Both authors' sentences with their tuples, or the set's sentence for a scene that no author wrote about. */
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
    objects: drawingOrder(objects).map(({ drawing: { name, kind, pose, expression }, x, y, z, flip }) => ({
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

/** The first clip art that drawing the scene would miss. */
function lackingClipArt({ objects }: AbstractScene, { clipArt }: AbstractFiles): string | undefined {
  return ["background", ...objects.map(({ drawing }) => drawing.stem)].find((stem) => clipArt(stem) === undefined);
}
