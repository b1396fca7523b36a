/**
 * The world between two frames: who is there, what lies where, and who has what.
 *
 * Events (events_*.ts) change it; layout.ts turns it into a scene graph. What nobody changes stays as it was, which is
 * what makes five pictures a story.
 */
import type { Random } from "../../../../base/random.ts";
import type { PoseName } from "./poses.ts";
import { type ChildName, children, type Expression, type Place, SCENE, things, type Weather } from "./objects.ts";

export interface Child {
  name: ChildName;
  x: number; // of the feet, in scene pixels
  z: number;
  /** Looks to the left. */
  flip: boolean;
  pose: PoseName;
  expression: Expression;
  wet: boolean;
  /** Seen for the last time in this frame. */
  leaving: boolean;
}

export interface Item {
  name: string;
  /** `flown` is in the sky on a string, `air` between two children. */
  at: "ground" | "sky" | "air" | "held" | "worn" | "ridden" | "flown";
  /** The child that has it, or had it last. */
  owner?: ChildName;
  x: number;
  y?: number; // centre; only in the sky and in the air
  z: number;
  flip: boolean;
  /** Seen for the last time in this frame. */
  leaving: boolean;
}

export interface World {
  place: Place;
  weather: Weather;
  /** Who may come, in a fixed order. */
  names: readonly ChildName[];
  /** Who is there. */
  children: Map<ChildName, Child>;
  items: Map<string, Item>;
}

/** Children stand at least this far apart. */
const APART = 42;
const MARGIN = 20;
/** Where they stand in a world of more than two, shoulder to shoulder. */
const ROW = [14, 39, 64, 89, 114];

export const isChild = (name: string | undefined): name is ChildName => children.includes(name as ChildName);

/** The children who are there and stay, in a fixed order. */
export function cast(world: World): Child[] {
  return children.flatMap((name) => world.children.get(name) ?? []).filter((child) => !child.leaving);
}

/** The other children who are there and stay, the nearest first. */
export function partners(world: World, name: ChildName): Child[] {
  const x = world.children.get(name)?.x ?? 0;
  return cast(world).filter((child) => child.name !== name).sort((a, b) => Math.abs(a.x - x) - Math.abs(b.x - x));
}

/** Everyone who is there, with each of the others: who can do something to whom. */
export function pairs(world: World): { actor: ChildName; target: ChildName }[] {
  return cast(world).flatMap(({ name }) =>
    partners(world, name).map((friend) => ({ actor: name, target: friend.name }))
  );
}

export function has(world: World, owner: ChildName, at: "held" | "worn" | "ridden" | "flown"): Item[] {
  return [...world.items.values()].filter((item) => item.owner === owner && item.at === at);
}

export const held = (world: World, owner: ChildName): Item | undefined => has(world, owner, "held")[0];

/** How a child stands when nothing happens: what it has needs a hand out in front, or up. */
export function restingPose(world: World, name: ChildName): PoseName {
  if (has(world, name, "flown").length > 0 || held(world, name)?.name === "umbrella") return "wave";
  return isFree(world, name) ? "stand" : "hold";
}

/** Nothing in the hands, nothing ridden or flown. */
export function isFree(world: World, name: ChildName): boolean {
  return !(["held", "ridden", "flown"] as const).some((at) => has(world, name, at).length > 0);
}

/** Things on the ground of the kinds that `test` accepts. */
export function lying(world: World, test: (name: string) => boolean): Item[] {
  return [...world.items.values()].filter((item) => item.at === "ground" && !item.leaving && test(item.name));
}

export const animals = (world: World): Item[] => lying(world, (name) => things[name]!.kind === "animal");
export const isPortable = (name: string): boolean => ["toy", "food", "clothing"].includes(things[name]!.kind);

/** Turns a child or an animal to look at x. Animals of Twemoji look to the left. */
export function face(who: Child | Item, x: number): void {
  if (x === who.x) return;
  who.flip = "pose" in who ? x < who.x : x > who.x;
}

/** Puts a child at the free place nearest to x. */
export function stand(world: World, child: Child, x: number): void {
  const others = [...world.children.values()].filter((who) => who !== child).map((who) => who.x);
  const few = world.names.length <= 2;
  const spots = few ? Array.from({ length: (SCENE - 2 * MARGIN) / 2 + 1 }, (_, i) => MARGIN + 2 * i) : ROW;
  const apart = few ? APART : ROW[1]! - ROW[0]!;
  const free = spots.filter((at) => others.every((taken) => Math.abs(taken - at) >= apart));
  child.x = free.reduce((best, at) => Math.abs(at - x) < Math.abs(best - x) ? at : best, free[0] ?? x);
}

/** A place on the ground that is far from everybody and everything else. */
export function openSpot(world: World, stream: Random): number {
  const taken = [...[...world.children.values()].map((child) => child.x)];
  for (const item of world.items.values()) {
    if (item.at === "ground" && things[item.name]!.kind !== "large") taken.push(item.x);
  }
  const spots = [14, 30, 46, 64, 82, 98, 114].map((x) => x + stream.integer(7) - 3);
  const room = (x: number) => Math.min(200, ...taken.map((at) => Math.abs(at - x)));
  return spots.reduce((best, x) => room(x) > room(best) ? x : best);
}

/** Brings a thing into the world, on the ground unless told otherwise. */
export function bring(world: World, name: string, x: number, more: Partial<Item> = {}): Item {
  const item: Item = { name, at: "ground", x, z: 0, flip: false, leaving: false, ...more };
  world.items.set(name, item);
  return item;
}

/** Gives a thing into a child's hands. */
export function give(item: Item, to: ChildName): void {
  item.at = "held";
  item.z = 0;
  item.owner = to;
  item.y = undefined;
  item.flip = false;
}

/** Lays a thing on the ground beside a child, at the side it looks to. */
export function lay(item: Item, child: Child, stream: Random): void {
  item.at = "ground";
  item.y = undefined;
  item.z = 0;
  const side = child.flip ? -1 : 1;
  const x = child.x + side * (22 + stream.integer(5));
  item.x = x < 8 || x > SCENE - 8 ? child.x - side * 24 : x;
}

/** Ends what lasts only one frame: those who left are gone, poses relax, what was in the air has fallen. */
export function settle(world: World): void {
  for (const item of [...world.items.values()]) {
    if (item.leaving) world.items.delete(item.name);
    else if (item.at === "air") {
      item.at = "ground";
      item.y = undefined;
    }
  }
  for (const child of [...world.children.values()]) {
    if (child.leaving) {
      for (const item of [...world.items.values()]) {
        if (item.owner === child.name && item.at !== "ground" && item.at !== "sky") world.items.delete(item.name);
      }
      world.children.delete(child.name);
    } else if (child.pose !== "sit") child.pose = restingPose(world, child.name);
  }
}

/** Sets how a child looks, by name. */
export function mood(world: World, name: string | undefined, expression: Expression, pose?: PoseName): void {
  const child = world.children.get(name as ChildName);
  if (!child) return;
  child.expression = expression;
  // Who sits stays seated until an event of its own makes it rise.
  if (pose && child.pose !== "sit") child.pose = pose;
}
