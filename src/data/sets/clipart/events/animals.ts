/** Events of animals: friendly ones that come, play and take food, and two that frighten children. */
import type { EventKind } from "./event.ts";
import {
  animals,
  bring,
  cast,
  face,
  has,
  held,
  isFree,
  lying,
  mood,
  openSpot,
  stand,
  type World,
} from "../world/state.ts";
import { type ChildName, things, thingsOf } from "../world/objects.ts";
import { who } from "./participants.ts";

const scary = (name: string) => things[name]!.scary === true;
const friends = (world: World) => animals(world).filter(({ name }) => !scary(name));

/** Places an animal beside a child, on the side with more space, facing the child. */
function approach(world: World, animal: string, child: ChildName): void {
  const at = world.children.get(child)!.x;
  const taken = [...cast(world), ...lying(world, (name) => name !== animal && things[name]!.kind !== "large")];
  const room = (x: number) => Math.min(50, ...taken.map((one) => Math.abs(one.x - x)));
  const sides = [-36, -30, -24, 24, 30, 36].map((step) => at + step).filter((x) => x > 8 && x < 120);
  const x = sides.reduce((best, side) => room(side) > room(best) ? side : best);
  const item = world.items.get(animal)!;
  item.x = x;
  item.z = world.children.get(child)!.z;
  face(item, at);
  face(world.children.get(child)!, x);
}

export const animalEvents: EventKind[] = [
  {
    verb: "appear",
    weight: 2.5,
    find: (world) =>
      animals(world).length > 0
        ? []
        : thingsOf("animal").filter((name) => !scary(name) && !world.items.has(name)).flatMap((actor) =>
          cast(world).map(({ name }) => ({ actor, target: name }))
        ),
    apply(world, { actor, target }) {
      bring(world, actor!, 0);
      approach(world, actor!, who(target));
      mood(world, target, "happy");
    },
    templates: ["{A+} comes to {B}", "{A+} runs up to {B}", "{A+} appears next to {B}", "{A+} wants to play with {B}"],
  },
  {
    verb: "scare",
    weight: 2.5,
    find: (world) =>
      animals(world).length > 0
        ? []
        : thingsOf("animal").filter((name) => scary(name)).flatMap((actor) =>
          cast(world).map(({ name }) => ({ actor, target: name }))
        ),
    apply(world, { actor, target }, stream) {
      bring(world, actor!, 0);
      approach(world, actor!, who(target));
      for (const { name } of cast(world)) mood(world, name, stream.integer(3) ? "scared" : "surprised");
      const hands = isFree(world, who(target)) ? "cheer" : undefined;
      mood(world, target, "scared", hands);
    },
    templates: ["{A+} scares {B}", "{A+} comes out and {Bs} is afraid", "{A+} frightens {B}", "{A+} moves towards {B}"],
  },
  {
    verb: "flee",
    weight: 1,
    after: { scare: 14 },
    find: (world) =>
      animals(world).filter(({ name }) => scary(name)).flatMap((animal) =>
        cast(world).filter(({ expression, pose, name }) =>
          expression === "scared" && pose !== "sit" && has(world, name, "ridden").length === 0
        ).map(({ name }) => ({ actor: name, target: animal.name }))
      ),
    apply(world, { actor, target }) {
      const child = world.children.get(who(actor))!;
      const animal = world.items.get(target!)!;
      stand(world, child, animal.x < 64 ? 108 : 20);
      child.flip = child.x < animal.x;
      mood(world, actor, "scared", "run");
    },
    templates: ["{A} runs away from {B}", "{A} flees from {B}", "{A} sees {B} and runs off"],
    mood: ["in panic", "for {his} life"],
  },
  {
    verb: "vanish",
    weight: 1.2,
    after: { flee: 8, scare: 3, steal: 3 },
    find: (world) => animals(world).map(({ name }) => ({ actor: name })),
    apply(world, { actor }) {
      const animal = world.items.get(actor!)!;
      animal.leaving = true;
      animal.z = 1;
      animal.x = animal.x < 64 ? 12 : 116;
      animal.flip = animal.x > 64;
      for (const { name, expression } of cast(world)) if (expression === "scared") mood(world, name, "happy");
    },
    templates: ["{A} goes away", "{A} leaves and disappears in the distance", "{A} runs off and does not come back"],
  },
  {
    verb: "pet",
    weight: 4,
    after: { appear: 4 },
    find: (world) =>
      cast(world).filter(({ name, z }) => z === 0 && isFree(world, name)).flatMap(({ name }) =>
        friends(world).map((animal) => ({ actor: name, target: animal.name }))
      ),
    apply(world, { actor, target }) {
      approach(world, target!, who(actor));
      mood(world, actor, "happy", "hold");
    },
    templates: ["{A} pets {B}", "{A} strokes {B} with {his} hand", "{A} plays with {B}", "{A} makes friends with {B}"],
    mood: ["gently", "with a soft touch"],
  },
  {
    verb: "chase",
    weight: 3,
    after: { steal: 8 },
    find: (world) =>
      cast(world).filter(({ name, z, pose }) => z === 0 && pose !== "sit" && isFree(world, name)).flatMap(({ name }) =>
        friends(world).map((animal) => ({ actor: name, target: animal.name }))
      ),
    apply(world, { actor, target }) {
      const child = world.children.get(who(actor))!;
      const animal = world.items.get(target!)!;
      const right = child.x < 64;
      stand(world, child, right ? 60 : 68);
      animal.x = Math.max(12, Math.min(116, child.x + (right ? 36 : -36)));
      child.flip = !right;
      animal.flip = right;
      mood(world, actor, child.expression, "run");
    },
    templates: ["{A} chases {B}", "{A} runs after {B}", "{A} tries to catch {B}"],
    mood: ["around {place}", "as fast as {he} can"],
  },
  {
    verb: "steal",
    weight: 30,
    find: (world) =>
      friends(world).flatMap((animal) =>
        cast(world).flatMap(({ name }) => {
          const food = held(world, name);
          const eats = food && things[food.name]!.kind === "food" && !food.leaving;
          return eats ? [{ actor: animal.name, object: food.name, target: name }] : [];
        })
      ),
    apply(world, { actor, object, target }, stream) {
      const animal = world.items.get(actor!)!;
      animal.x = openSpot(world, stream);
      face(animal, animal.x < 64 ? 0 : 128);
      Object.assign(world.items.get(object!)!, { at: "ground", x: animal.x + (animal.flip ? 14 : -14), leaving: true });
      mood(world, target, stream.integer(2) ? "angry" : "surprised", "stand");
      face(world.children.get(who(target))!, animal.x);
    },
    templates: ["{A} steals {o} from {B}", "{A} takes {o} and runs off", "{A} eats {o} and {Bs} cannot stop it"],
  },
  {
    verb: "feed",
    weight: 35,
    find: (world) =>
      friends(world).flatMap((animal) =>
        cast(world).flatMap(({ name }) => {
          const food = held(world, name);
          const eats = food && things[food.name]!.kind === "food" && !food.leaving;
          return eats ? [{ actor: name, object: food.name, target: animal.name }] : [];
        })
      ),
    apply(world, { actor, object, target }) {
      approach(world, target!, who(actor));
      world.items.get(object!)!.leaving = true;
      mood(world, actor, "happy", "hold");
    },
    templates: ["{A} feeds {o} to {B}", "{A} lets {B} eat {o}", "{A} gives {o} to {B}"],
    mood: ["bit by bit", "because it looks hungry"],
  },
];
