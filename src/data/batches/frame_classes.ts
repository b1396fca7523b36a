/**
 * Classes of a whole frame: what a scene graph has exactly one value of, its place and its weather.
 *
 * A classifier has a target for each value beside those of the objects, named like `place=beach` and `sky=rainy`. Frames
 * with labels in place of scene graphs have no such targets.
 */
import type { SceneGraph } from "../store/scene.ts";
import type { StorySet } from "../store/stories.ts";

/** What frames are classified by; also the names of the metrics. */
export const attributes = ["place", "sky"] as const;
export type Attribute = typeof attributes[number];

const valueOf: Record<Attribute, (scene: SceneGraph) => string | undefined> = {
  place: ({ place }) => place,
  sky: ({ weather }) => weather,
};

/** Names of the classes of a scene, e.g. `["place=beach", "sky=rainy"]`; [] without a scene. */
export function classesOf(scene: SceneGraph | undefined): string[] {
  if (!scene) return [];
  return attributes.flatMap((attribute) => {
    const value = valueOf[attribute](scene);
    return value === undefined ? [] : [`${attribute}=${value}`];
  });
}

/**
 * Names of all classes in the training split, each attribute's in alphabetical order. An attribute with a single value
 * has none, since there is nothing to tell apart; a set with labels has none at all.
 */
export function classTargets(set: StorySet): string[] {
  if (set.manifest.labels?.length) return [];
  const found = new Set<string>();
  for (const { frames } of set.split("train")) {
    for (const { scene } of frames) for (const name of classesOf(scene)) found.add(name);
  }
  return attributes.flatMap((attribute) => {
    const names = classesAmong(set, [...found], attribute).sort();
    return names.length > 1 ? names : [];
  });
}

/** Those targets that are classes of an attribute, in their own order; none for a set with labels. */
export function classesAmong({ manifest }: StorySet, targets: string[], attribute: Attribute): string[] {
  if (manifest.labels?.length) return []; // a label may have any name
  return targets.filter((target) => target.startsWith(`${attribute}=`));
}

/** Those targets that are objects (or labels) and not classes of a frame, in their own order. */
export function objectsAmong(set: StorySet, targets: string[]): string[] {
  const classes = attributes.flatMap((attribute) => classesAmong(set, targets, attribute));
  return targets.filter((target) => !classes.includes(target));
}
