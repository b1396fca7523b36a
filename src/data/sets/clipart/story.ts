/**
 * Generates a story: a place with children and objects, followed by four events, each possible after the previous one.
 *
 * The first frame shows the initial world; every later frame changes the world by one event, sampled by weight among
 * all possible ones.
 */
import { type Random, random } from "../../../base/random.ts";
import type { SceneEvent } from "../../store/scene.ts";
import type { Split } from "../../store/manifest.ts";
import { captionsOf } from "./captions/frame_captions.ts";
import type { EventKind } from "./events/event.ts";
import { animalEvents } from "./events/animals.ts";
import { peopleEvents } from "./events/people.ts";
import { skyEvents } from "./events/sky.ts";
import { handlingEvents } from "./events/handling.ts";
import { useEvents } from "./events/use.ts";
import { layoutScene } from "./world/layout.ts";
import type { ClipartFrame } from "./scene.ts";
import { bring, cast, type Child, face, openSpot, settle, stand, type World } from "./world/state.ts";
import { type Known, topics } from "./captions/words.ts";
import { type ChildName, children, placeNames, places, things, thingsOf } from "./world/objects.ts";

/** Default T, the number of frames of a story, and default number of children. */
export const FRAMES = 5;
export const CHARACTERS = 2;

export const eventKinds: EventKind[] = [
  ...peopleEvents,
  ...handlingEvents,
  ...useEvents,
  ...animalEvents,
  ...skyEvents,
];

/** Sentences of the first frame, for one child and for several. */
const openings: Record<"one" | "two", EventKind> = {
  one: opening(["{A} is {in}", "{A} stands alone {in}", "{A} spends the day {in}", "{A} is out to play {in}"]),
  two: opening(["{AB} are {in}", "{AB} meet {in}", "{AB} spend the day {in}", "{AB} play together {in}"]),
};

function opening(templates: string[]): EventKind {
  return { verb: "begin", weight: 0, find: () => [], apply: () => {}, templates };
}

/**
 * Generates story `index` of a split: its frames with captions and scene graphs. The result depends only on the
 * arguments; a longer story starts with the frames of the shorter one.
 */
export function writeStory(
  seed: number,
  split: Split,
  index: number,
  { frames: length = FRAMES, characters = CHARACTERS } = {},
): ClipartFrame[] {
  const stream = random(seed, "clipart", split, index);
  const world = beginWorld(children.slice(0, characters), stream);
  const frames: ClipartFrame[] = [];
  const happened = new Set<string>();
  let before: SceneEvent | undefined;
  let known: Known = new Set();
  for (let t = 0; t < length; t++) {
    let kind: EventKind;
    let event: SceneEvent;
    if (before === undefined) {
      const [first, second] = cast(world);
      kind = openings[second ? "two" : "one"];
      event = { verb: kind.verb, actor: first!.name, target: second?.name };
    } else {
      settle(world);
      [kind, event] = chooseEvent(world, before, happened, stream);
      kind.apply(world, event, stream);
    }
    happened.add(event.verb);
    const scene = layoutScene(world, event);
    frames.push({ captions: captionsOf(world, scene, kind, known, stream), scene });
    before = event;
    known = topics(world, event);
  }
  return frames;
}

/** Samples an event that can happen now, by weight; none occurs twice in a story unless no new one is possible. */
function chooseEvent(world: World, before: SceneEvent, happened: Set<string>, stream: Random): [EventKind, SceneEvent] {
  const options = eventKinds.flatMap((kind) => {
    const factor = kind.after?.[before.verb];
    const weight = kind.weight === 0 ? factor ?? 0 : kind.weight * (factor ?? 1);
    if (weight === 0 || happened.has(kind.verb)) return [];
    const ways = kind.find(world);
    return ways.length > 0 ? [{ kind, weight, ways }] : [];
  });
  // In a long story of one child no new event may be left: then allow earlier ones, and at last even the previous one.
  if (options.length === 0) return chooseEvent(world, before, new Set(happened.size > 1 ? [before.verb] : []), stream);
  let draw = stream.uniform() * options.reduce((sum, { weight }) => sum + weight, 0);
  const { kind, ways } = options.find(({ weight }) => (draw -= weight) < 0) ?? options.at(-1)!;
  return [kind, { verb: kind.verb, ...stream.choice(ways) }];
}

/** The world of the first frame. @param names all children of the story */
function beginWorld(names: ChildName[], stream: Random): World {
  const place = stream.choice(placeNames);
  const weather = stream.choice(["sunny", "sunny", "sunny", "cloudy", "cloudy", "rainy", "evening"] as const);
  const world: World = { place, weather, names, children: new Map(), items: new Map() };
  const aloft = { sunny: "sun", cloudy: "cloud", rainy: "raincloud", evening: "moon" }[weather];
  bring(world, aloft, things[aloft]!.sky![0], { at: "sky", y: things[aloft]!.sky![1] });
  placeLandmarks(world, stream);

  for (const name of firstCast(names, stream)) {
    const child: Child = {
      name,
      x: 0,
      z: 0,
      flip: false,
      pose: "stand",
      expression: stream.choice(["happy", "happy", "happy", "sad", "surprised"] as const),
      wet: false,
      leaving: false,
    };
    stand(world, child, 24 + stream.integer(81));
    child.flip = child.x > 64;
    world.children.set(name, child);
  }
  const [first, second, ...more] = cast(world);
  if (first && second && more.length === 0) {
    face(first, second.x);
    face(second, first.x);
  }
  for (let left = 1 + stream.integer(2); left > 0; left--) {
    const name = stream.choice(thingsOf(stream.choice(["toy", "toy", "food", "clothing"] as const)));
    if (!world.items.has(name)) bring(world, name, openSpot(world, stream));
  }
  if (stream.integer(4) === 0) {
    const name = stream.choice(thingsOf("animal").filter((animal) => !things[animal]!.scary));
    const animal = bring(world, name, openSpot(world, stream));
    face(animal, 64);
  }
  return world;
}

/** The children of the first frame: one or both of two; any number of more than two. */
function firstCast(names: ChildName[], stream: Random): ChildName[] {
  if (names.length > 2) return stream.shuffle(names).slice(0, 1 + stream.integer(names.length));
  return stream.integer(2) === 0 ? [stream.choice(names)] : names;
}

/** Adds one or two large objects of the place, apart from each other. */
function placeLandmarks(world: World, stream: Random): void {
  const [near, far] = stream.shuffle(places[world.place]);
  const left = stream.integer(2) === 0;
  bring(world, near!, (left ? 26 : 102) + stream.integer(13) - 6, { z: 1 });
  if (stream.integer(3) > 0) {
    bring(world, far!, (left ? 92 : 36) + stream.integer(13) - 6, { z: 1 + stream.integer(2) });
  }
}
