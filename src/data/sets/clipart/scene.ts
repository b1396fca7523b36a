/** A frame of the clip-art world: its scene graph always knows place, weather and event. */
import type { SceneEvent, SceneGraph } from "../../store/scene.ts";

export interface ClipartScene extends SceneGraph {
  place: string;
  weather: string;
  event: SceneEvent;
}

/** How much a caption says: what happens; where things are; what they look like and feel. */
export const levels = ["statement", "relation", "detail"] as const;
export type Level = typeof levels[number];

export interface ClipartFrame {
  captions: { text: string; level: Level }[];
  scene: ClipartScene;
}
