/**
 * From names to noun phrases: "Mike", "he", "happy Mike with blond hair"; "the ball", "it", "a white soccer ball".
 *
 * There is one boy and one girl, so "he" and "she" are never in doubt; "it" is left to things that the frame before
 * was about.
 */
import type { Random } from "../../base/random.ts";
import type { SceneEvent } from "../scene.ts";
import { has, isChild, type World } from "./state.ts";
import { type ChildName, type Expression, type Place, things, type Weather } from "./world.ts";

export type Mode = "names" | "pronouns" | "rich";

export const persons: Record<ChildName, { name: string; he: string; him: string; his: string; looks: string[] }> = {
  mike: { name: "Mike", he: "he", him: "him", his: "his", looks: ["with blond hair", "in his blue shirt"] },
  jenny: { name: "Jenny", he: "she", him: "her", his: "her", looks: ["with brown hair", "in her pink dress"] },
};

export const feelings: Record<Expression, string[]> = {
  happy: ["happy", "cheerful", "joyful", "glad"],
  sad: ["sad", "unhappy", "gloomy"],
  angry: ["angry", "furious", "grumpy"],
  scared: ["scared", "frightened", "fearful"],
  surprised: ["surprised", "amazed", "astonished"],
};

/** Each with "in" or "at". */
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

/** A thing with its article, e.g. "the apple", "an apple", "a red apple", "a pair of glasses". */
export function nounPhrase(name: string, article: "the" | "a", rich = false): string {
  const { noun, look } = things[name]!;
  const words = rich && !noun.includes(look) ? `${look} ${noun}` : noun;
  if (article === "the") return `the ${words}`;
  if (isPlural(name)) return `a pair of ${words}`;
  return (/^[aeiou]/.test(words) ? "an " : "a ") + words;
}

/** Which names the frame before was about: these may become pronouns. */
export type Known = ReadonlySet<string>;

/** A child or thing as one who acts, on `object`. */
export function subject(
  world: World,
  name: string,
  mode: Mode,
  known: Known,
  stream: Random,
  object?: string,
): string {
  if (isChild(name)) {
    if (mode === "pronouns" && known.has(name)) return persons[name].he;
    return mode === "rich" ? richChild(world, name, stream, object) : persons[name].name;
  }
  if (mode === "pronouns" && known.has(name)) return isPlural(name) ? "they" : "it";
  return nounPhrase(name, "the", mode === "rich");
}

/** A child or thing to whom something is done. */
export function objective(name: string, mode: Mode, known: Known, fresh = false): string {
  if (isChild(name)) return mode === "pronouns" && known.has(name) ? persons[name].him : persons[name].name;
  if (mode === "pronouns" && known.has(name) && !fresh) return isPlural(name) ? "them" : "it";
  return nounPhrase(name, fresh ? "a" : "the", mode === "rich");
}

/** A child with its mood or its looks or what it wears, all true of this frame; `object` is named elsewhere. */
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

/** What an event is about: candidates for the pronouns of the next frame. One "it" at most. */
export function topics(event: SceneEvent | undefined): Known {
  const names = [event?.actor, event?.object, event?.target].filter((name) => name !== undefined);
  const neuter = names.filter((name) => !isChild(name));
  return new Set(neuter.length > 1 ? names.filter(isChild) : names);
}
