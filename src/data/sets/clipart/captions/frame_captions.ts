/**
 * Writes the captions of a frame, two at each of three levels: what happens (statement), where objects are (relation),
 * how they look and how children feel (detail). The paper's model is about such levels of meaning.
 */
import type { Random } from "../../../../base/random.ts";
import type { SceneEvent } from "../../../store/scene.ts";
import { tokenize } from "../../../store/vocabulary.ts";
import type { EventKind } from "../events/event.ts";
import { relationOf, relationPair, relationSentence } from "./relations.ts";
import type { ClipartFrame, ClipartScene, Level } from "../scene.ts";
import { cast, has, isChild, partners, type World } from "../world/state.ts";
import {
  childrenIn,
  feelings,
  grounds,
  isPlain,
  isPlural,
  type Known,
  type Mode,
  nounPhrase,
  objective,
  persons,
  placePhrases,
  subject,
  weatherPhrases,
} from "./words.ts";
import { things } from "../world/objects.ts";

/** Smallest and largest number of words of a caption. */
export const CAPTION_WORDS = { least: 3, most: 25 } as const;

/** Sentences about the sky in each weather. */
const skies = {
  sunny: ["the warm sun shines over {ground}", "the sky is clear and blue", "it is a bright and sunny day {in}"],
  cloudy: [
    "a grey cloud hangs over {ground}",
    "the sky is grey and there is no sun",
    "it is a dull and cloudy day {in}",
  ],
  rainy: ["cold rain falls on {ground}", "the sky is dark and full of rain", "it is a cold and rainy day {in}"],
  evening: [
    "the pale moon shines over {ground}",
    "the sky is purple and orange",
    "it is a calm and quiet evening {in}",
  ],
};

/** The six captions of a frame: statement, statement, relation, relation, detail, detail. */
export function captionsOf(
  world: World,
  scene: ClipartScene,
  kind: EventKind,
  known: Known,
  stream: Random,
): ClipartFrame["captions"] {
  const { event } = scene;
  const phrase = (template: string, mode: Mode) => fill(template, world, event, mode, known, stream);
  const templates = stream.shuffle(kind.templates);
  const participants = new Set([event.actor, event.object, event.target]);
  const writers: [Level, () => string][] = [
    ["statement", () => phrase(stream.choice(templates), "names")],
    ["statement", () => phrase(stream.choice(templates), "pronouns")],
    ["relation", () => relationSentence(scene, participants, stream)],
    ["relation", () => {
      const where = event.actor && relationOf(scene, event.actor, participants, stream);
      return where
        ? `${where}, ${phrase(stream.choice(templates), "names")}`
        : relationPair(scene, participants, stream);
    }],
    ["detail", () => eventInDetail(world, kind, phrase, stream)],
    ["detail", () => lookInDetail(world, known, stream)],
  ];
  const used = new Set<string>();
  return writers.map(([level, write]) => {
    let text = sentence(write());
    for (let tries = 0; used.has(text) && tries < 8; tries++) text = sentence(write());
    const count = tokenize(text).length;
    if (count < CAPTION_WORDS.least || count > CAPTION_WORDS.most) throw new Error(`${count} words: "${text}"`);
    used.add(text);
    return { text, level };
  });
}

/** Fills the slots of an event's sentence; events/event.ts lists them. */
function fill(template: string, world: World, event: SceneEvent, mode: Mode, known: Known, stream: Random): string {
  const { actor, object, target } = event;
  const person = isChild(actor) ? persons[actor] : undefined;
  const together = () => {
    const names = childrenIn(world, event);
    if (mode === "pronouns" && names.every((name) => known.has(name))) return "they";
    return names.map((name) => persons[name].name).join(", ").replace(/, (\w+)$/, " and $1");
  };
  const slots: Record<string, () => string> = {
    "A": () => subject(world, actor!, mode, known, stream, object),
    "A+": () => nounPhrase(actor!, "a", mode === "rich"),
    "B": () => objective(target!, mode, known),
    "B+": () => objective(target!, mode, known, true),
    "Bs": () => subject(world, target!, mode === "rich" ? "names" : mode, known, stream),
    "AB": together,
    "o": () => objective(object!, mode, known),
    "o+": () => objective(object!, mode, known, true),
    "it": () => (isPlural(object!) ? "them" : "it"),
    "he": () => person?.he ?? "it",
    "his": () => person?.his ?? "its",
    "place": () => `the ${world.place}`,
    "in": () => placePhrases[world.place],
    "ground": () => `the ${grounds[world.place]}`,
  };
  return template.replaceAll(/\{([A-Za-z+]+)\}/g, (_, slot: string) => slots[slot]!());
}

/** A sentence about the event with descriptions, and with the mood, the weather or the place. */
function eventInDetail(
  world: World,
  kind: EventKind,
  phrase: (s: string, mode: Mode) => string,
  stream: Random,
): string {
  const template = stream.choice(kind.templates);
  const phrased = phrase(template, "rich");
  const weather = stream.choice(weatherPhrases[world.weather]);
  const mentions = /rain|sky|sun|evening|moon|umbrella|dark|cloud|air/.test(phrased);
  const ends = [
    ...(kind.mood ?? []).map((mood) => `${phrased} ${phrase(mood, "names")}`),
    ...(mentions ? [] : [`${weather}, ${phrased}`, `${phrased} ${weather}`]),
    ...(/\{place\}|\{in\}/.test(template) ? [] : [`${placePhrases[world.place]}, ${phrased}`]),
  ];
  return stream.choice(ends.length > 0 ? ends : [phrased]);
}

/** A sentence about the appearance or mood of a child, of an object or of the sky. */
function lookInDetail(world: World, known: Known, stream: Random): string {
  const place = { in: placePhrases[world.place], ground: `the ${grounds[world.place]}` };
  const sentences = [
    stream.choice(skies[world.weather]).replace("{in}", place.in).replace("{ground}", place.ground),
  ];
  for (const child of cast(world)) {
    const { name, he, his, looks } = persons[child.name];
    const who = isPlain(child.name, known) && stream.integer(2) ? he : name;
    const feels = stream.choice(feelings[child.expression]);
    const worn = has(world, child.name, "worn").map((item) => nounPhrase(item.name, "a", true));
    sentences.push(
      `${who} looks ${feels} ${looks[1]}`,
      `${who} feels ${feels} ${stream.choice(weatherPhrases[world.weather])}`,
    );
    if (worn.length > 0) sentences.push(`${who} looks ${feels} and wears ${worn.join(" and ")}`);
    if (child.wet) sentences.push(`${who} is wet and cold and ${his} clothes drip`);
    for (const friend of partners(world, child.name)) {
      const theirs = stream.choice(feelings[friend.expression]);
      sentences.push(
        friend.expression === child.expression
          ? `${name} and ${persons[friend.name].name} both look ${feels}`
          : `${name} is ${feels} and ${persons[friend.name].name} is ${theirs}`,
      );
    }
  }
  for (const item of world.items.values()) {
    const { kind } = things[item.name]!;
    if (item.at !== "ground" || item.leaving) continue;
    const what = nounPhrase(item.name, "a", true);
    if (kind === "large") sentences.push(`there is ${what} ${place.in}`);
    else if (kind === "animal") sentences.push(`${what} is on ${place.ground}`);
    else sentences.push(`${what} lies on ${place.ground}`);
  }
  return stream.choice(sentences);
}

function sentence(text: string): string {
  return text[0]!.toUpperCase() + text.slice(1) + ".";
}
