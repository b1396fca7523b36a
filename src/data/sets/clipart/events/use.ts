/** Events in which objects are used: worn, eaten, ridden, flown, unwrapped or played. */
import type { EventKind } from "./event.ts";
import { holding, ready, who } from "./participants.ts";
import { bring, cast, face, give, has, held, isFree, lay, lying, mood, stand } from "../world/state.ts";
import { things } from "../world/objects.ts";

export const useEvents: EventKind[] = [
  {
    verb: "wear",
    weight: 20,
    find: (world) =>
      holding(world, (name) => things[name]!.wear !== undefined).filter(({ actor, object }) =>
        has(world, actor, "worn").every((item) => things[item.name]!.wear !== things[object]!.wear)
      ),
    apply(world, { actor, object }) {
      world.items.get(object!)!.at = "worn";
      mood(world, actor, "happy", "stand");
    },
    templates: ["{A} puts {o} on", "{A} tries {o} on", "{A} wears {o} now"],
    mood: ["and looks great", "with pride"],
  },
  {
    verb: "unwear",
    weight: 2,
    find: (world) =>
      cast(world).filter(({ name }) => isFree(world, name)).flatMap(({ name }) =>
        has(world, name, "worn").map((item) => ({ actor: name, object: item.name }))
      ),
    apply(world, { actor, object }) {
      give(world.items.get(object!)!, who(actor));
      mood(world, actor, world.children.get(who(actor))!.expression, "hold");
    },
    templates: ["{A} takes {o} off", "{A} no longer wears {o}", "{A} holds {o} in {his} hand again"],
    mood: ["with a sigh", "after a while"],
  },
  {
    verb: "eat",
    weight: 12,
    find: (world) => holding(world, (name) => things[name]!.kind === "food"),
    apply(world, { actor, object }) {
      world.items.get(object!)!.leaving = true; // still in the hand in this frame, gone in the next
      mood(world, actor, "happy", "hold");
    },
    templates: ["{A} eats {o}", "{A} takes a bite of {o}", "{A} is hungry and eats {o}", "{A} enjoys {o}"],
    mood: ["with great appetite", "because it tastes so good"],
  },
  {
    verb: "ride",
    weight: 10,
    find: (world) =>
      ready(world).flatMap(({ name }) =>
        lying(world, (item) => things[item]!.ride === true).map((item) => ({ actor: name, object: item.name }))
      ),
    apply(world, { actor, object }) {
      const child = world.children.get(who(actor))!;
      const item = world.items.get(object!)!;
      stand(world, child, item.x);
      Object.assign(item, { at: "ridden", owner: child.name });
      mood(world, actor, "happy", "hold");
      if (child.x < 30) child.flip = false;
      if (child.x > 98) child.flip = true;
    },
    templates: ["{A} rides {o}", "{A} gets on {o}", "{A} takes a ride on {o}"],
    mood: ["at full speed", "like the wind"],
  },
  {
    verb: "unride",
    weight: 3,
    find: (world) =>
      cast(world).flatMap(({ name }) => has(world, name, "ridden").map((item) => ({ actor: name, object: item.name }))),
    apply(world, { actor, object }, stream) {
      lay(world.items.get(object!)!, world.children.get(who(actor))!, stream);
      mood(world, actor, world.children.get(who(actor))!.expression, "stand");
    },
    templates: ["{A} gets off {o}", "{A} stops and leaves {o} on the ground"],
    mood: ["after the ride", "to rest a bit"],
  },
  {
    verb: "fly",
    weight: 40,
    find: (world) =>
      cast(world).filter(({ name }) => world.weather !== "rainy" && held(world, name)?.name === "kite").map((
        { name },
      ) => ({
        actor: name,
        object: "kite",
      })),
    apply(world, { actor }) {
      const child = world.children.get(who(actor))!;
      Object.assign(world.items.get("kite")!, {
        at: "flown",
        z: 1,
        owner: child.name,
        x: child.x < 64 ? 70 : 54,
        y: 22,
      });
      face(child, 64);
      mood(world, actor, "happy", "wave");
    },
    templates: ["{A} flies {o}", "{A} lets {o} rise into the sky", "{A} makes {o} fly in the wind"],
    mood: ["high above the ground", "on a long string"],
  },
  {
    verb: "flyaway",
    weight: 12,
    find: (world) =>
      cast(world).filter(({ name }) => held(world, name)?.name === "balloon" || has(world, name, "flown").length > 0)
        .map(({ name }) => ({
          actor: held(world, name)?.name ?? "kite",
          target: name,
        })),
    apply(world, { actor, target }) {
      const item = world.items.get(actor!)!;
      const child = world.children.get(who(target))!;
      Object.assign(item, {
        at: "sky",
        z: 1,
        owner: undefined,
        leaving: true,
        y: 20,
        x: Math.max(16, Math.min(112, child.x + 14)),
      });
      mood(world, target, "sad", "cheer");
    },
    templates: ["{A} flies away from {B}", "{A} is gone with the wind and {Bs} is sad", "{A} floats up into the sky"],
  },
  {
    verb: "unwrap",
    weight: 25,
    find: (world) =>
      world.items.has("teddy")
        ? []
        : cast(world).filter(({ name }) => held(world, name)?.name === "present").map(({ name }) => ({
          actor: name,
          object: "present",
          target: "teddy",
        })),
    apply(world, { actor }) {
      world.items.delete("present");
      give(bring(world, "teddy", 0), who(actor));
      mood(world, actor, "surprised", "hold");
    },
    templates: ["{A} opens {o} and finds {B+}", "{A} unwraps {o} and pulls out {B+}", "{A} gets {B+} out of {o}"],
    mood: ["full of wonder", "in great surprise"],
  },
  {
    verb: "play",
    weight: 20,
    find: (world) =>
      cast(world).filter(({ name }) => things[held(world, name)?.name ?? "sun"]!.music).map(({ name }) => ({
        actor: name,
        object: held(world, name)!.name,
      })),
    apply: (world, { actor }) => mood(world, actor, "happy", "hold"),
    templates: ["{A} plays {o}", "{A} makes music with {o}", "{A} plays a song on {o}"],
    mood: ["loud and clear", "for everybody to hear"],
  },
];
