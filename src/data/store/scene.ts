/**
 * What a picture shows, as data.
 *
 * A scene graph lists every object of a frame with its place, so that a metric can ask whether a drawn picture shows
 * what its caption says. Coordinates follow Abstract Scenes: x and y are the object's centre in scene pixels from the
 * top left, z is the depth (0 near, 2 far), flip mirrors.
 */

/** The eight kinds of Abstract Scenes. */
export type Kind = "sky" | "large" | "boy" | "girl" | "animal" | "clothing" | "food" | "toy";

export interface Caption {
  text: string;
  /** What kind of sentence it is, where the set knows. */
  level?: string;
  /** What it states, as predicate and arguments, where the set knows. */
  tuples?: string[][];
}

export interface SceneObject {
  name: string;
  kind: Kind;
  x: number;
  y: number;
  z: number;
  flip: boolean;
  /** Children only. */
  pose?: string;
  expression?: string;
  /** Children only: names of what is in the hand and on the body. */
  holding?: string;
  wearing?: string[];
  /** Things only: the child that has it. */
  heldBy?: string;
  wornBy?: string;
  /** Adjectives that are true of it in this frame, e.g. "wet". */
  attributes?: string[];
}

/** What happened between the frame before and this one. */
export interface SceneEvent {
  verb: string;
  actor?: string;
  object?: string;
  target?: string;
}

export interface SceneGraph {
  place?: string;
  weather?: string;
  event?: SceneEvent;
  /** In drawing order, far things first. */
  objects: SceneObject[];
}

export interface Frame {
  /** Where it comes from, e.g. "train-00012/3". */
  id: string;
  /** Numbers of its pictures in the set: `count` of them from `first` on. */
  pictures: { first: number; count: number };
  captions: Caption[];
  scene?: SceneGraph;
  /** Multi-hot, as long as the manifest's `labels`. */
  labels?: number[];
}
