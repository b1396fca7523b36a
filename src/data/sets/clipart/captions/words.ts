/**
 * Noun phrases for children and objects: "Mike", "he", "happy Mike with blond hair"; "the ball", "it", "a white soccer
 * ball".
 *
 * "He" and "she" are unambiguous: there is one boy and one girl or, in a larger world, the previous frame was about
 * only one boy or one girl. "It" is used only for an object that the previous frame was about.
 */
import type { Random } from "../../../../base/random.ts";
import type { SceneEvent } from "../../../store/scene.ts";
import { cast, has, isChild, type World } from "../world/state.ts";
import { type ChildName, type Expression, kindOf, type Place, things, type Weather } from "../world/objects.ts";

export type Mode = "names" | "pronouns" | "rich";

const person = (name: string, he: "he" | "she", hair: string, clothes: string) => {
  const [him, his] = he === "he" ? ["him", "his"] : ["her", "her"];
  return { name, he, him, his, looks: [`with ${hair} hair`, `in ${his} ${clothes}`] };
};

export const persons: Record<ChildName, ReturnType<typeof person>> = {
  mike: person("Mike", "he", "blond", "blue shirt"),
  jenny: person("Jenny", "she", "brown", "pink dress"),
  tom: person("Tom", "he", "black", "orange shirt"),
  lisa: person("Lisa", "she", "blond", "purple dress"),
  ben: person("Ben", "he", "black", "yellow shirt"),
};

export const feelings: Record<Expression, string[]> = {
  happy: ["happy", "cheerful", "joyful", "glad"],
  sad: ["sad", "unhappy", "gloomy"],
  angry: ["angry", "furious", "grumpy"],
  scared: ["scared", "frightened", "fearful"],
  surprised: ["surprised", "amazed", "astonished"],
};

/** Places with their preposition. */
export const placePhrases: Record<Place, string> = {
  park: "in the park",
  beach: "at the beach",
  garden: "in the garden",
  forest: "in the forest",
};

export const grounds: Record<Place, string> = {
  park: "green grass",
  beach: "yellow sand",
  garden: "green lawn",
  forest: "soft forest floor",
};

export const weatherPhrases: Record<Weather, string[]> = {
  sunny: ["under the warm sun", "on a sunny day", "under the clear blue sky", "in the bright sunshine"],
  cloudy: ["on a cloudy day", "under the grey sky", "under the clouds"],
  rainy: ["in the rain", "on a rainy day", "in the bad weather"],
  evening: ["in the evening", "in the moonlight", "under the dark evening sky"],
};

export const isPlural = (name: string) => things[name]!.noun.endsWith("s") && things[name]!.wear === "eyes";

/** An object with its article, e.g. "the apple", "an apple", "a red apple", "a pair of glasses". */
export function nounPhrase(name: string, article: "the" | "a", rich = false): string {
  const { noun, look } = things[name]!;
  const words = rich && !noun.includes(look) ? `${look} ${noun}` : noun;
  if (article === "the") return `the ${words}`;
  if (isPlural(name)) return `a pair of ${words}`;
  return (/^[aeiou]/.test(words) ? "an " : "a ") + words;
}

/** Names that the previous frame was about; only these can be replaced by pronouns. */
export type Known = ReadonlySet<string>;

/** Whether "he" or "she" can only refer to this child. */
export function isPlain(name: ChildName, known: Known): boolean {
  return known.has(name) && [...known].every((who) => who === name || !isChild(who) || kindOf(who) !== kindOf(name));
}

/** A child or an object as the subject of a sentence. @param object the object of the event, which is not mentioned */
export function subject(
  world: World,
  name: string,
  mode: Mode,
  known: Known,
  stream: Random,
  object?: string,
): string {
  if (isChild(name)) {
    if (mode === "pronouns" && isPlain(name, known)) return persons[name].he;
    return mode === "rich" ? richChild(world, name, stream, object) : persons[name].name;
  }
  if (mode === "pronouns" && known.has(name)) return isPlural(name) ? "they" : "it";
  return nounPhrase(name, "the", mode === "rich");
}

/** A child or an object as the object of a sentence. @param fresh use the indefinite article */
export function objective(name: string, mode: Mode, known: Known, fresh = false): string {
  if (isChild(name)) return mode === "pronouns" && isPlain(name, known) ? persons[name].him : persons[name].name;
  if (mode === "pronouns" && known.has(name) && !fresh) return isPlural(name) ? "them" : "it";
  return nounPhrase(name, fresh ? "a" : "the", mode === "rich");
}

/** A child with its mood and its appearance or clothing in this frame. @param object is not mentioned */
export function richChild(world: World, name: ChildName, stream: Random, object?: string): string {
  const child = world.children.get(name)!;
  const others = has(world, name, "worn").filter((item) => item.name !== object);
  const worn = others.map((item) => `with the ${things[item.name]!.look} ${things[item.name]!.noun}`);
  const after = stream.choice([...persons[name].looks, ...worn]);
  const before = [stream.choice(feelings[child.expression]), child.wet ? "wet" : "little"];
  const form = stream.integer(4);
  if (form === 0) return `${before[0]} ${persons[name].name}`;
  if (form === 1) return `${before[1]} ${persons[name].name} ${after}`;
  return `${before[0]} ${persons[name].name} ${after}`;
}

/** The children who take part in an event; in the first frame all present children. */
export function childrenIn(world: World, { verb, actor, target }: SceneEvent): ChildName[] {
  return verb === "begin" ? cast(world).map(({ name }) => name) : [actor, target].filter(isChild);
}

/** What an event is about: possible references of pronouns in the next frame, at most one of them an object. */
export function topics(world: World, event: SceneEvent): Known {
  const { actor, object, target } = event;
  const names = [...childrenIn(world, event), actor, object, target].filter((name) => name !== undefined);
  const neuter = names.filter((name) => !isChild(name));
  return new Set(neuter.length > 1 ? names.filter(isChild) : names);
}
