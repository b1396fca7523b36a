/** Events of sky and weather, and their effects on the children. */
import type { EventKind } from "./event.ts";
import { who } from "./participants.ts";
import { bring, cast, give, held, isFree, mood, type World } from "../world/state.ts";
import { things, thingsOf } from "../world/objects.ts";

const dry = (world: World) => world.weather !== "rainy";

/** Changes the weather, and replaces the objects in the sky. */
function changeSky(world: World, weather: World["weather"], ...names: string[]): void {
  for (const name of thingsOf("sky")) world.items.delete(name);
  world.weather = weather;
  for (const name of names) {
    const [x, y] = things[name]!.sky!;
    bring(world, name, x, { at: "sky", y });
  }
}

export const skyEvents: EventKind[] = [
  {
    verb: "pass",
    weight: 1.2,
    find: (world) =>
      dry(world) && !world.items.has("airplane") && !world.items.has("helicopter") && !world.items.has("rainbow")
        ? ["airplane", "helicopter"].map((actor) => ({ actor }))
        : [],
    apply(world, { actor }) {
      const [x, y] = things[actor!]!.sky!;
      bring(world, actor!, x, { at: "sky", y, leaving: true });
      for (const { name } of cast(world)) mood(world, name, "surprised");
    },
    templates: ["{A+} flies by", "{A+} crosses the sky above {place}", "{A+} makes a loud noise in the sky"],
  },
  {
    verb: "cover",
    weight: 2,
    find: ({ weather }) => weather === "sunny" ? [{ object: "cloud" }] : [],
    apply: (world) => changeSky(world, "cloudy", "cloud"),
    templates: ["a grey cloud covers the sun", "the sky becomes cloudy", "clouds move in over {place}"],
  },
  {
    verb: "rain",
    weight: 1.5,
    after: { cover: 5 },
    find: ({ weather, items }) =>
      weather === "cloudy" && ![...items.values()].some(({ at }) => at === "flown") ? [{ object: "raincloud" }] : [],
    apply(world, _, stream) {
      changeSky(world, "rainy", "raincloud", ...(stream.integer(3) === 0 ? ["lightning"] : []));
      for (const { name } of cast(world)) mood(world, name, "surprised");
    },
    templates: ["it starts to rain", "rain falls from a dark cloud", "suddenly heavy rain begins"],
  },
  {
    verb: "soak",
    weight: 4,
    after: { rain: 5 },
    find: (world) =>
      dry(world)
        ? []
        : cast(world).filter(({ name, wet }) => !wet && held(world, name)?.name !== "umbrella").map(({ name }) => ({
          actor: name,
        })),
    apply(world, { actor }) {
      world.children.get(who(actor))!.wet = true;
      mood(world, actor, "sad");
    },
    templates: ["{A} gets wet in the rain", "{A} has no umbrella and gets wet", "{A} is soaked by the rain"],
    mood: ["from head to toe", "and feels cold"],
  },
  {
    verb: "shelter",
    weight: 5,
    after: { rain: 6, soak: 4 },
    find: (world) =>
      dry(world) || world.items.has("umbrella")
        ? []
        : cast(world).filter(({ name }) => isFree(world, name)).map(({ name }) => ({
          actor: name,
          object: "umbrella",
        })),
    apply(world, { actor }) {
      give(bring(world, "umbrella", 0), who(actor));
      mood(world, actor, "happy", "wave");
    },
    templates: ["{A} opens {o+}", "{A} stands under {o+}", "{A} stays dry under {o+}"],
    mood: ["and smiles at the rain", "just in time"],
  },
  {
    verb: "rainbow",
    weight: 3,
    after: { soak: 3, shelter: 3 },
    find: (world) => dry(world) ? [] : [{ object: "rainbow" }],
    apply(world) {
      changeSky(world, "sunny", "sun", "rainbow");
      for (const child of cast(world)) {
        mood(world, child.name, "happy");
        child.wet = false;
      }
    },
    templates: [
      "the rain stops and a rainbow appears",
      "a colorful rainbow shines after the rain",
      "the sun is back with a rainbow",
    ],
  },
  {
    verb: "sunset",
    weight: 1,
    find: ({ weather }) => weather === "sunny" || weather === "cloudy" ? [{ object: "moon" }] : [],
    apply: (world) => changeSky(world, "evening", "moon"),
    templates: [
      "the sun goes down over {place}",
      "evening comes and the moon rises",
      "it gets dark and the moon shines",
    ],
  },
];
