/**
 * Captions and scene graphs: what a frame shows, as data.
 *
 * A scene graph lists every object of a frame with its position, so that a metric can check whether a generated picture
 * shows what its caption describes. Coordinates follow Abstract Scenes: x and y are the object's centre in scene pixels
 * from the top left, z is the depth (0 near, 2 far), flip mirrors the object.
 */

/** The eight kinds of objects of Abstract Scenes. */
export type Kind = "sky" | "large" | "boy" | "girl" | "animal" | "clothing" | "food" | "toy";

export interface Caption {
  text: string;
  /** Kind of sentence, for example its level of detail, where the set defines one. */
  level?: string | undefined;
  /** Its statements, each a predicate with arguments, where the set has them. */
  tuples?: string[][] | undefined;
}

export interface SceneObject {
  name: string;
  kind: Kind;
  x: number;
  y: number;
  z: number;
  flip: boolean;
  /** Children only. */
  pose?: string | undefined;
  expression?: string | undefined;
  /** Children only: names of the held object and of the worn objects. */
  holding?: string | undefined;
  wearing?: string[] | undefined;
  /** Objects other than children: the child that holds or wears it. */
  heldBy?: string | undefined;
  wornBy?: string | undefined;
  /** Adjectives that apply to it in this frame, e.g. "wet". */
  attributes?: string[] | undefined;
}

/** What happened between the previous frame and this one. */
export interface SceneEvent {
  verb: string;
  actor?: string | undefined;
  object?: string | undefined;
  target?: string | undefined;
}

export interface SceneGraph {
  place?: string | undefined;
  weather?: string | undefined;
  event?: SceneEvent | undefined;
  /** In rendering order, far objects first. */
  objects: SceneObject[];
}

export interface Frame {
  /** Where the frame comes from, e.g. "train-00012/3". */
  id: string;
  /** Indices of its pictures in the set: `count` of them, starting with `first`. */
  pictures: { first: number; count: number };
  captions: Caption[];
  scene?: SceneGraph;
  /** Multi-hot vector with one entry for each of the manifest's `labels`. */
  labels?: number[];
}
