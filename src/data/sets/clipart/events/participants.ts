/** Finds who can take part in an event: the conditions that several events share. */
import { cast, held, isFree, pairs, type World } from "../world/state.ts";
import type { ChildName } from "../world/objects.ts";

/** The child with the name that an event states. */
export const who = (name: string | undefined) => name as ChildName;

/** Children in front who stand and have free hands. */
export const ready = (world: World) =>
  cast(world).filter(({ name, pose, z }) => pose !== "sit" && z === 0 && isFree(world, name));

/** Children with the object that they hold, if `test` accepts it. */
export const holding = (world: World, test: (name: string) => boolean) =>
  cast(world).flatMap(({ name }) => {
    const item = held(world, name);
    return item && test(item.name) ? [{ actor: name, object: item.name }] : [];
  });

/** Pairs of a child who holds an object that `test` accepts and another child with free hands. */
export const handover = (world: World, test: (name: string) => boolean) =>
  pairs(world).flatMap(({ actor, target }) => {
    const item = held(world, actor);
    return item && isFree(world, target) && test(item.name) ? [{ actor, object: item.name, target }] : [];
  });
