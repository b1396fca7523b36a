/** The type of a frame of the clip-art set: its scene graph always has place, weather and event. */
import type { SceneEvent, SceneGraph } from "../../store/scene.ts";

export interface ClipartScene extends SceneGraph {
  place: string;
  weather: string;
  event: SceneEvent;
}

/** Levels of captions: what happens; where objects are; how they look and how children feel. */
export const levels = ["statement", "relation", "detail"] as const;
export type Level = typeof levels[number];

export interface ClipartFrame {
  captions: { text: string; level: Level }[];
  scene: ClipartScene;
}
