/**
 * Sentences about positions, computed from the scene graph, so that each is true of the picture.
 *
 * Left and right are those of the viewer. A relation is used only if it is clearly visible.
 */
import type { Random } from "../../../../base/random.ts";
import type { SceneGraph, SceneObject } from "../../../store/scene.ts";
import { isChild } from "../world/state.ts";
import { nounPhrase, persons } from "./words.ts";
import { type ChildName, SCENE, things } from "../world/objects.ts";

const naming = (object: SceneObject) =>
  isChild(object.name) ? persons[object.name].name : nounPhrase(object.name, "the");
const isPlural = (object: SceneObject) => naming(object).endsWith("glasses") || object.name === "goggles";
const isAloft = (object: SceneObject) => object.kind === "sky" || (object.kind === "toy" && object.y < 40);
/** Neither held nor worn. */
const isLoose = (object: SceneObject) => !object.heldBy && !object.wornBy;

/** Prepositions for the position of `a` relative to `b`; empty if no relation is clearly visible. */
function ways(a: SceneObject, b: SceneObject): string[] {
  const apart = Math.abs(a.x - b.x);
  if (isAloft(a) !== isAloft(b)) return apart < 22 ? [isAloft(a) ? "above" : "below"] : [];
  const found: string[] = [];
  if (apart >= 24) found.push(a.x < b.x ? "to the left of" : "to the right of");
  if (apart >= 14 && apart <= 40 && a.z === b.z) found.push("next to", "near", "beside", "close to");
  if (apart < 24 && a.z < b.z) found.push("in front of");
  if (apart < 24 && a.z > b.z) found.push("behind");
  if (apart > 70) found.push("far away from");
  return found;
}

/** The position of the actor, such as "in front of the slide"; undefined if no relation is clearly visible. */
export function relationOf(
  scene: SceneGraph,
  actor: string,
  not: ReadonlySet<string | undefined>,
  stream: Random,
): string | undefined {
  const self = scene.objects.find(({ name }) => name === actor);
  if (!self) return undefined;
  const found = scene.objects.filter((object) => isLoose(object) && !not.has(object.name)).flatMap((object) =>
    ways(self, object).map((way) => `${way} ${naming(object)}`)
  );
  return found.length > 0 ? stream.choice(found) : undefined;
}

/** A sentence about the position of an object, preferably one of the event's participants. */
export function relationSentence(scene: SceneGraph, about: ReadonlySet<string | undefined>, stream: Random): string {
  const participants = scene.objects.filter((object) => about.has(object.name));
  const objects = participants.length > 0 && stream.integer(4) > 0 ? participants : scene.objects;
  return stream.choice(objects.flatMap((object) => facts(scene, object)));
}

/** Two such sentences about two different objects, joined by "and". */
export function relationPair(scene: SceneGraph, about: ReadonlySet<string | undefined>, stream: Random): string {
  const [first, second] = stream.shuffle(scene.objects);
  if (!first || !second) return relationSentence(scene, about, stream);
  return `${stream.choice(facts(scene, first))} and ${stream.choice(facts(scene, second))}`;
}

/** All sentences about the position of one object; at least one. */
function facts(scene: SceneGraph, object: SceneObject): string[] {
  if (!isLoose(object)) return possession(object);
  const what = naming(object);
  const verb = isPlural(object) ? "are" : "is";
  const stands = object.pose === "sit" ? "sits" : object.pose === "stand" ? "stands" : verb;
  const found = scene.objects.filter((other) => other !== object && isLoose(other)).flatMap((other) =>
    ways(object, other).flatMap((way) => {
      const short = way.replace("to the ", ""); // "is left of" in addition to "is to the left of"
      return [`${what} ${stands} ${way} ${naming(other)}`, `${what} ${stands} ${short} ${naming(other)}`];
    })
  );
  const between = betweenOf(scene, object);
  if (between) found.push(`${what} ${verb} between ${between}`, `${what} ${verb} in between ${between}`);
  const side = object.x < SCENE * 0.36 ? "on the left" : object.x > SCENE * 0.64 ? "on the right" : "in the middle";
  found.push(isAloft(object) ? `${what} ${verb} in the sky ${side}` : `${what} ${stands} ${side} of the picture`);
  return found;
}

/** The two nearest children on both sides of `object`, such as "Mike and Jenny", if it is between two. */
function betweenOf(scene: SceneGraph, object: SceneObject): string | undefined {
  const children = scene.objects.filter((other) => isChild(other.name) && other !== object);
  children.sort((a, b) => a.x - b.x);
  const left = children.findLast(({ x }) => x <= object.x);
  const right = children.find(({ x }) => x > object.x);
  if (!left || !right || isAloft(object) || object.z > 0) return undefined;
  return left.x + 12 < object.x && object.x < right.x - 12 ? `${naming(left)} and ${naming(right)}` : undefined;
}

/** Sentences about the position of a held, worn, ridden or flown object. */
function possession(object: SceneObject): string[] {
  const { name, his } = persons[(object.wornBy ?? object.heldBy) as ChildName];
  const what = naming(object);
  const be = isPlural(object) ? "are" : "is";
  const { wear, ride } = things[object.name]!;
  if (object.wornBy) {
    const spot = { head: `on ${his} head`, eyes: `on ${his} nose`, neck: `around ${his} neck`, hair: `in ${his} hair` };
    return [`${name} has ${what} ${spot[wear!]}`, `${name} wears ${what} ${spot[wear!]}`];
  }
  if (ride) return [`${what} ${be} under ${name}`, `${name} is on top of ${what}`];
  if (isAloft(object)) return [`${what} ${be} high above ${name}`, `${what} ${be} up in the sky`];
  return [`${what} ${be} in the hand of ${name}`, `${name} holds ${what} in ${his} hand`];
}
