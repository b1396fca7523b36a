/** Events between children: coming, leaving, and expressing feelings. */
import type { EventKind } from "./event.ts";
import { who } from "./participants.ts";
import { cast, face, has, isFree, mood, pairs, restingPose, stand } from "../world/state.ts";

export const peopleEvents: EventKind[] = [
  {
    verb: "enter",
    weight: 8,
    find: (world) =>
      world.names.filter((name) => !world.children.has(name)).flatMap((actor) =>
        cast(world).map(({ name }) => ({ actor, target: name }))
      ),
    apply(world, { actor, target }, stream) {
      const side = stream.integer(2) * 80 + 24;
      const child = { name: who(actor), x: side, z: 0, flip: false, pose: "run", expression: "happy" } as const;
      const entered = { ...child, wet: false, leaving: false };
      stand(world, entered, side);
      const friend = world.children.get(who(target))!;
      face(entered, friend.x);
      face(friend, entered.x);
      world.children.set(who(actor), entered);
    },
    templates: [
      "{A} comes to {place}",
      "{A} runs over to {B}",
      "{A} joins {B} in the fun",
      "{A} arrives and says hello to {B}",
    ],
    mood: ["with a big smile", "full of energy"],
  },
  {
    verb: "leave",
    weight: 2,
    after: { cry: 4, shout: 4, rain: 3, sunset: 3 },
    find: pairs,
    apply(world, { actor, target }) {
      const child = world.children.get(who(actor))!;
      const friend = world.children.get(who(target))!;
      const x = child.x < friend.x ? 14 : 114;
      child.x = x;
      child.flip = x === 14;
      child.z = 1;
      child.pose = "run";
      child.leaving = true;
      mood(
        world,
        target,
        friend.expression === "angry" ? "angry" : "sad",
        isFree(world, friend.name) ? "wave" : undefined,
      );
      face(friend, x);
    },
    templates: ["{A} goes home", "{A} leaves {B} and runs home", "{A} says goodbye to {B}", "{A} walks away from {B}"],
    mood: ["because it is late", "without looking back"],
  },
  {
    verb: "wave",
    weight: 3,
    after: { enter: 5 },
    find: (world) =>
      pairs(world).filter(({ actor }) => world.children.get(actor)!.pose !== "sit" && isFree(world, actor)),
    apply(world, { actor, target }) {
      mood(world, actor, "happy", "wave");
      face(world.children.get(who(actor))!, world.children.get(who(target))!.x);
    },
    templates: ["{A} waves at {B}", "{A} greets {B} with {his} hand up", "{A} says hi to {B}"],
    mood: ["with a friendly smile", "cheerfully"],
  },
  {
    verb: "sit",
    weight: 1.5,
    find: (world) =>
      cast(world).filter(({ name, pose }) => pose !== "sit" && has(world, name, "ridden").length === 0).map((
        { name },
      ) => ({
        actor: name,
      })),
    apply(world, { actor }) {
      mood(world, actor, world.children.get(who(actor))!.expression, "sit");
    },
    templates: ["{A} sits down on the ground", "{A} takes a rest", "{A} gets tired and sits down"],
    mood: ["to relax for a while", "for a short break"],
  },
  {
    verb: "rise",
    weight: 4,
    find: (world) => cast(world).filter(({ pose }) => pose === "sit").map(({ name }) => ({ actor: name })),
    apply(world, { actor }) {
      const child = world.children.get(who(actor))!;
      child.pose = restingPose(world, child.name);
    },
    templates: ["{A} stands up again", "{A} gets up from the ground"],
    mood: ["ready to play", "after the rest"],
  },
  {
    verb: "jump",
    weight: 1.5,
    after: { catch: 3, rainbow: 4, unwrap: 4, comfort: 2 },
    find: (world) => cast(world).filter(({ name }) => isFree(world, name)).map(({ name }) => ({ actor: name })),
    apply: (world, { actor }) => {
      world.children.get(who(actor))!.pose = "cheer";
      mood(world, actor, "happy", "cheer");
    },
    templates: ["{A} jumps for joy", "{A} cheers with both arms in the air", "{A} raises {his} arms and laughs"],
    mood: ["in great delight", "like a little champion"],
  },
  {
    verb: "dance",
    weight: 2.5,
    after: { play: 5, rainbow: 3, apologize: 2 },
    find: (world) =>
      pairs(world).filter(({ actor, target }) =>
        world.names.indexOf(actor) < world.names.indexOf(target) &&
        [actor, target].every((name) => world.children.get(name)!.pose !== "sit" && isFree(world, name))
      ),
    apply(world, { actor, target }) {
      for (const name of [actor, target]) mood(world, name, "happy", "cheer");
    },
    templates: ["{AB} dance together", "{AB} laugh and dance {in}", "{AB} have a lot of fun"],
    mood: ["happily", "side by side"],
  },
  {
    verb: "shout",
    weight: 2,
    after: { take: 8, laugh: 4 },
    find: pairs,
    apply(world, { actor, target }) {
      mood(world, actor, "angry");
      mood(world, target, "sad");
      const [child, friend] = [world.children.get(who(actor))!, world.children.get(who(target))!];
      face(child, friend.x);
    },
    templates: ["{A} shouts at {B}", "{A} is angry with {B}", "{A} yells and {Bs} feels bad"],
    mood: ["in anger", "with a red face"],
  },
  {
    verb: "apologize",
    weight: 0.2,
    after: { shout: 40, take: 15, laugh: 15, cry: 5 },
    find: (world) => pairs(world).filter(({ target }) => world.children.get(target)!.expression !== "happy"),
    apply(world, { actor, target }) {
      mood(world, actor, "happy");
      mood(world, target, "happy");
      face(world.children.get(who(actor))!, world.children.get(who(target))!.x);
      face(world.children.get(who(target))!, world.children.get(who(actor))!.x);
    },
    templates: ["{A} says sorry to {B}", "{A} apologizes and {Bs} smiles again", "{A} makes peace with {B}"],
    mood: ["in a gentle voice", "so they are friends again"],
  },
  {
    verb: "cry",
    weight: 1,
    after: { shout: 6, take: 8, steal: 5, flyaway: 8, soak: 4, leave: 2 },
    find: (world) => cast(world).filter(({ expression }) => expression === "sad").map(({ name }) => ({ actor: name })),
    apply: (world, { actor }) => mood(world, actor, "sad"),
    templates: ["{A} starts to cry", "{A} cries and feels lonely", "{A} has tears in {his} eyes"],
    mood: ["with big tears", "very quietly"],
  },
  {
    verb: "comfort",
    weight: 3,
    after: { cry: 20, scare: 6, flyaway: 6, soak: 4, steal: 4 },
    find: (world) =>
      pairs(world).filter(({ actor, target }) =>
        world.children.get(actor)!.expression === "happy" &&
        ["sad", "scared"].includes(world.children.get(target)!.expression)
      ),
    apply(world, { actor, target }) {
      mood(world, target, "happy");
      const [child, friend] = [world.children.get(who(actor))!, world.children.get(who(target))!];
      face(child, friend.x);
      face(friend, child.x);
    },
    templates: ["{A} comforts {B}", "{A} cheers {B} up with kind words", "{A} tells {B} not to worry"],
    mood: ["like a true friend", "with kindness"],
  },
  {
    verb: "laugh",
    weight: 2,
    after: { soak: 5, wear: 3, scare: 2 },
    find: pairs,
    apply(world, { actor, target }) {
      mood(world, actor, "happy");
      mood(world, target, "angry");
      face(world.children.get(who(actor))!, world.children.get(who(target))!.x);
    },
    templates: ["{A} laughs at {B}", "{A} makes fun of {B}", "{A} laughs and {Bs} gets mad"],
    mood: ["out loud", "without thinking"],
  },
  {
    verb: "walk",
    weight: 1.5,
    find: (world) =>
      cast(world).filter(({ z, pose, name }) => z === 0 && pose !== "sit" && has(world, name, "ridden").length === 0)
        .flatMap(({ name }) =>
          [...world.items.values()].filter((item) => item.z === 1).map((item) => ({ actor: name, object: item.name }))
        ),
    apply(world, { actor, object }) {
      const child = world.children.get(who(actor))!;
      const goal = world.items.get(object!)!;
      const from = child.x;
      stand(world, child, goal.x + (from < goal.x ? -22 : 22));
      child.z = 1;
      child.pose = "run";
      face(child, goal.x);
    },
    templates: ["{A} runs to {o}", "{A} walks far away to {o}", "{A} goes over to {o}"],
    mood: ["in the distance", "to look around"],
  },
  {
    verb: "return",
    weight: 5,
    find: (world) => cast(world).filter(({ z }) => z > 0).map(({ name }) => ({ actor: name })),
    apply(world, { actor }) {
      const child = world.children.get(who(actor))!;
      child.z = 0;
      child.pose = "run";
      stand(world, child, child.x);
    },
    templates: ["{A} comes back again", "{A} runs back to the front"],
    mood: ["as fast as {he} can", "in a hurry"],
  },
];
