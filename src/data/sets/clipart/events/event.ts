/**
 * The interface of an event: when it can happen (`find`), what it changes (`apply`) and its sentences (`templates`).
 *
 * Sentences contain slots, which captions/frame_captions.ts fills with names, pronouns or descriptions: `{A}` the
 * actor, `{B}` the target, `{Bs}` the target as a subject, `{AB}` both, `{o}` the object, `{it}` a pronoun for the
 * object, `{he}` and `{his}` pronouns for the actor, `{place}` and `{in}` the place. A plus (`{o+}`) takes the
 * indefinite article: "a ball".
 */
import type { Random } from "../../../../base/random.ts";
import type { SceneEvent } from "../../../store/scene.ts";
import type { World } from "../world/state.ts";

export interface EventKind {
  verb: string;
  /** Relative frequency among the events that can happen. */
  weight: number;
  /** Factors of the weight directly after events with these verbs. */
  after?: Record<string, number>;
  /** All participants with which it can happen now. */
  find(world: World): Omit<SceneEvent, "verb">[];
  apply(world: World, event: SceneEvent, stream: Random): void;
  /** Full sentences without the full stop; phrasal verbs are split around `{o}`, as in "puts it on". */
  templates: string[];
  /** Endings that describe the mood; only for events whose actor is a child. */
  mood?: string[];
}
