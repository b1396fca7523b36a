/**
 * What an event of the grammar is.
 *
 * An event says when it can happen (`find`), what it changes (`apply`) and how one tells it (`say`). Sentences hold
 * slots that captions.ts fills by name, by pronoun or with description:
 * `{A}` who acts, `{B}` to whom, `{Bs}` the same as a subject, `{AB}` both, `{o}` the thing, `{it}` the thing once
 * more, `{he}` and `{his}` for who acts, `{place}` and `{in}` for where. A plus (`{o+}`) names something as new: "a ball".
 */
import type { Random } from "../../../../base/random.ts";
import type { SceneEvent } from "../../../store/scene.ts";
import type { World } from "../world/state.ts";

export interface EventKind {
  verb: string;
  /** How often, relative to the others that can happen. */
  weight: number;
  /** Factors to the weight right after events of these verbs. */
  after?: Record<string, number>;
  /** Every way in which it can happen now. */
  find(world: World): Omit<SceneEvent, "verb">[];
  apply(world: World, event: SceneEvent, stream: Random): void;
  /** Full sentences without the stop; phrasal verbs part around `{o}`, for the sake of "puts it on". */
  say: string[];
  /** Ends of a sentence that tell the mood, for one who acts and is a child. */
  mood?: string[];
}
