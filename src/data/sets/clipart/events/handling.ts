/** Events in which objects are picked up, dropped, given, thrown or kicked. */
import type { EventKind } from "./event.ts";
import { cast, face, give, isPortable, lay, lying, mood, partners, stand } from "../world/state.ts";
import { SCENE, things } from "../world/objects.ts";
import { handover, holding, ready, who } from "./participants.ts";

const isBall = (name: string) => things[name]!.ball === true;

export const handlingEvents: EventKind[] = [
  {
    verb: "pick",
    weight: 8,
    after: { roll: 4, drop: 0.2, rain: 2 },
    find: (world) =>
      ready(world).flatMap(({ name }) =>
        lying(world, (item) => isPortable(item) && !things[item]!.ride).map((item) => ({
          actor: name,
          object: item.name,
        }))
      ),
    apply(world, { actor, object }) {
      const child = world.children.get(who(actor))!;
      const item = world.items.get(object!)!;
      const from = child.x;
      stand(world, child, item.x + (from < item.x ? -14 : 14));
      face(child, item.x);
      give(item, child.name);
      mood(world, actor, "happy", "hold");
    },
    templates: [
      "{A} picks up {o+}",
      "{A} finds {o} and takes {it}",
      "{A} now has {o} in {his} hand",
      "{A} grabs {o} from the ground",
    ],
    mood: ["with a curious look", "very carefully"],
  },
  {
    verb: "drop",
    weight: 1,
    find: (world) => holding(world, (name) => name !== "balloon" && name !== "umbrella"),
    apply(world, { actor, object }, stream) {
      lay(world.items.get(object!)!, world.children.get(who(actor))!, stream);
      mood(world, actor, world.children.get(who(actor))!.expression, "stand");
    },
    templates: ["{A} puts {o} on the ground", "{A} drops {o}", "{A} lays {o} down"],
    mood: ["and looks around", "to do something else"],
  },
  {
    verb: "give",
    weight: 12,
    after: { pick: 2, cry: 4, apologize: 4 },
    find: (world) => handover(world, () => true),
    apply(world, { actor, object, target }) {
      give(world.items.get(object!)!, who(target));
      mood(world, actor, "happy", "stand");
      mood(world, target, "happy", "hold");
      face(world.children.get(who(actor))!, world.children.get(who(target))!.x);
      face(world.children.get(who(target))!, world.children.get(who(actor))!.x);
    },
    templates: ["{A} gives {o} to {B}", "{A} hands {o} to {B}", "{A} lets {B} have {o}"],
    mood: ["as a gift", "in a friendly way"],
  },
  {
    verb: "handback",
    weight: 0,
    after: { give: 12, take: 10, throw: 4, catch: 4 },
    find: (world) => handover(world, () => true),
    apply(world, { actor, object, target }) {
      give(world.items.get(object!)!, who(target));
      mood(world, actor, "happy", "stand");
      mood(world, target, "happy", "hold");
      face(world.children.get(who(actor))!, world.children.get(who(target))!.x);
      face(world.children.get(who(target))!, world.children.get(who(actor))!.x);
    },
    templates: ["{A} gives {o} back to {B}", "{A} returns {o} to {B}"],
    mood: ["with a nice smile", "as {he} should"],
  },
  {
    verb: "take",
    weight: 4,
    find: (world) =>
      handover(world, (name) => name !== "balloon").map((e) => ({ ...e, actor: e.target, target: e.actor })),
    apply(world, { actor, object, target }, stream) {
      give(world.items.get(object!)!, who(actor));
      mood(world, actor, "happy", "hold");
      mood(world, target, stream.integer(2) ? "angry" : "sad", "stand");
      face(world.children.get(who(actor))!, world.children.get(who(target))!.x);
      face(world.children.get(who(target))!, world.children.get(who(actor))!.x);
    },
    templates: [
      "{A} takes {o} away from {B}",
      "{A} grabs {o} from {B}",
      "{A} wants {o} and takes {it} from {B}",
    ],
    mood: ["without asking", "just for fun"],
  },
  {
    verb: "throw",
    weight: 28,
    find: (world) => handover(world, isBall),
    apply(world, { actor, object, target }) {
      const [child, friend] = [world.children.get(who(actor))!, world.children.get(who(target))!];
      const item = world.items.get(object!)!;
      Object.assign(item, { at: "air", x: (child.x + friend.x) / 2, y: 52 });
      face(child, friend.x);
      face(friend, child.x);
      mood(world, actor, "happy", "wave");
    },
    templates: ["{A} throws {o} to {B}", "{A} tosses {o} high into the air", "{A} plays catch with {B}"],
    mood: ["with all {his} strength", "with great skill"],
  },
  {
    verb: "catch",
    weight: 0,
    after: { throw: 60, kick: 20 },
    find: (world) =>
      ready(world).flatMap(({ name }) =>
        lying(world, isBall).filter(({ owner }) => owner && owner !== name).map((ball) => ({
          actor: name,
          object: ball.name,
        }))
      ),
    apply(world, { actor, object }) {
      give(world.items.get(object!)!, who(actor));
      mood(world, actor, "happy", "hold");
    },
    templates: ["{A} catches {o}", "{A} gets {o} with both hands", "{A} holds {o} tight after a good catch"],
    mood: ["just in time", "with quick hands"],
  },
  {
    verb: "kick",
    weight: 8,
    after: { roll: 3 },
    find: (world) =>
      ready(world).flatMap(({ name }) =>
        lying(world, (item) => item === "soccer" || item === "football" || item === "basketball")
          .map((ball) => ({ actor: name, object: ball.name }))
      ),
    apply(world, { actor, object }) {
      const child = world.children.get(who(actor))!;
      const ball = world.items.get(object!)!;
      const [friend] = partners(world, child.name);
      const goal = friend?.x ?? (ball.x > child.x ? 120 : 8);
      child.flip = goal < child.x;
      ball.x = Math.min(SCENE - 8, Math.max(8, child.x + (child.flip ? -27 : 27)));
      ball.owner = child.name;
      mood(world, actor, "happy", "kick");
    },
    templates: ["{A} kicks {o}", "{A} plays with {o}", "{A} gives {o} a hard kick"],
    mood: ["as hard as {he} can", "like a real player"],
  },
  {
    verb: "roll",
    weight: 1,
    after: { kick: 6, drop: 3 },
    find: (world) => lying(world, isBall).map(({ name }) => ({ actor: name })),
    apply(world, { actor }) {
      const ball = world.items.get(actor!)!;
      ball.x = ball.x < SCENE / 2 ? 118 : 10;
      for (const child of cast(world)) {
        face(child, ball.x);
        mood(world, child.name, "surprised");
      }
    },
    templates: ["{A} rolls away", "{A} rolls over the ground to the other side", "{A} rolls and rolls without a stop"],
  },
  {
    verb: "share",
    weight: 16,
    find: (world) => handover(world, (name) => things[name]!.kind === "food"),
    apply(world, { actor, target }) {
      mood(world, actor, "happy", "hold");
      mood(world, target, "happy");
      face(world.children.get(who(actor))!, world.children.get(who(target))!.x);
      face(world.children.get(who(target))!, world.children.get(who(actor))!.x);
    },
    templates: ["{A} shares {o} with {B}", "{A} offers {o} to {B}", "{A} asks {B} to try {o}"],
    mood: ["because sharing is nice", "like good friends do"],
  },
];
