/**
 * The state of the world: which children are present, where objects are, and which child has them.
 *
 * Events (events/) change the state; layout.ts converts it to a scene graph. Everything that no event changes stays
 * equal from frame to frame, which makes the pictures a story.
 */
import type { Random } from "../../../../base/random.ts";
import type { PoseName } from "./poses.ts";
import { type ChildName, children, type Expression, type Place, SCENE, things, type Weather } from "./objects.ts";

export interface Child {
  name: ChildName;
  x: number; // of the feet, in scene pixels
  z: number;
  /** Faces left. */
  flip: boolean;
  pose: PoseName;
  expression: Expression;
  wet: boolean;
  /** This frame is the last one that shows the child. */
  leaving: boolean;
}

export interface Item {
  name: string;
  /** `flown`: in the sky on a string; `air`: between two children. */
  at: "ground" | "sky" | "air" | "held" | "worn" | "ridden" | "flown";
  /** The child that has it, or had it last. */
  owner?: ChildName | undefined;
  x: number;
  y?: number | undefined; // centre; only in the sky and in the air
  z: number;
  flip: boolean;
  /** This frame is the last one that shows the object. */
  leaving: boolean;
}

export interface World {
  place: Place;
  weather: Weather;
  /** All children of the story, in a fixed order. */
  names: readonly ChildName[];
  /** The children who are present. */
  children: Map<ChildName, Child>;
  items: Map<string, Item>;
}

/** Smallest distance between children. */
const APART = 42;
const MARGIN = 20;
/** Positions of children in a world of more than two. */
const ROW = [14, 39, 64, 89, 114];

export const isChild = (name: string | undefined): name is ChildName => children.includes(name as ChildName);

/** The children who are present and stay, in a fixed order. */
export function cast(world: World): Child[] {
  return children.flatMap((name) => world.children.get(name) ?? []).filter((child) => !child.leaving);
}

/** The other children who are present and stay, the nearest first. */
export function partners(world: World, name: ChildName): Child[] {
  const x = world.children.get(name)?.x ?? 0;
  return cast(world).filter((child) => child.name !== name).sort((a, b) => Math.abs(a.x - x) - Math.abs(b.x - x));
}

/** All ordered pairs of present children: actor and target of an event. */
export function pairs(world: World): { actor: ChildName; target: ChildName }[] {
  return cast(world).flatMap(({ name }) =>
    partners(world, name).map((friend) => ({ actor: name, target: friend.name }))
  );
}

/** The objects that a child has in one of these ways. */
export function has(world: World, owner: ChildName, at: "held" | "worn" | "ridden" | "flown"): Item[] {
  return [...world.items.values()].filter((item) => item.owner === owner && item.at === at);
}

export const held = (world: World, owner: ChildName): Item | undefined => has(world, owner, "held")[0];

/** The pose of a child without an event; it depends on what the child has in its hands. */
export function restingPose(world: World, name: ChildName): PoseName {
  if (has(world, name, "flown").length > 0 || held(world, name)?.name === "umbrella") return "wave";
  return isFree(world, name) ? "stand" : "hold";
}

/** Whether a child holds, rides and flies nothing. */
export function isFree(world: World, name: ChildName): boolean {
  return !(["held", "ridden", "flown"] as const).some((at) => has(world, name, at).length > 0);
}

/** Objects on the ground whose name `test` accepts. */
export function lying(world: World, test: (name: string) => boolean): Item[] {
  return [...world.items.values()].filter((item) => item.at === "ground" && !item.leaving && test(item.name));
}

export const animals = (world: World): Item[] => lying(world, (name) => things[name]!.kind === "animal");
export const isPortable = (name: string): boolean => ["toy", "food", "clothing"].includes(things[name]!.kind);

/** Turns a child or an animal to face x. Animals of Twemoji face left. */
export function face(who: Child | Item, x: number): void {
  if (x === who.x) return;
  who.flip = "pose" in who ? x < who.x : x > who.x;
}

/** Moves a child to the free position nearest to x. */
export function stand(world: World, child: Child, x: number): void {
  const others = [...world.children.values()].filter((who) => who !== child).map((who) => who.x);
  const few = world.names.length <= 2;
  const spots = few ? Array.from({ length: (SCENE - 2 * MARGIN) / 2 + 1 }, (_, i) => MARGIN + 2 * i) : ROW;
  const apart = few ? APART : ROW[1]! - ROW[0]!;
  const free = spots.filter((at) => others.every((taken) => Math.abs(taken - at) >= apart));
  child.x = free.reduce((best, at) => Math.abs(at - x) < Math.abs(best - x) ? at : best, free[0] ?? x);
}

/** A position on the ground that is far from all children and objects. */
export function openSpot(world: World, stream: Random): number {
  const taken = [...[...world.children.values()].map((child) => child.x)];
  for (const item of world.items.values()) {
    if (item.at === "ground" && things[item.name]!.kind !== "large") taken.push(item.x);
  }
  const spots = [14, 30, 46, 64, 82, 98, 114].map((x) => x + stream.integer(7) - 3);
  const room = (x: number) => Math.min(200, ...taken.map((at) => Math.abs(at - x)));
  return spots.reduce((best, x) => room(x) > room(best) ? x : best);
}

/** Adds an object to the world, by default on the ground. */
export function bring(world: World, name: string, x: number, more: Partial<Item> = {}): Item {
  const item: Item = { name, at: "ground", x, z: 0, flip: false, leaving: false, ...more };
  world.items.set(name, item);
  return item;
}

/** Puts an object into a child's hand. */
export function give(item: Item, to: ChildName): void {
  item.at = "held";
  item.z = 0;
  item.owner = to;
  item.y = undefined;
  item.flip = false;
}

/** Puts an object on the ground beside a child, on the side that it faces. */
export function lay(item: Item, child: Child, stream: Random): void {
  item.at = "ground";
  item.y = undefined;
  item.z = 0;
  const side = child.flip ? -1 : 1;
  const x = child.x + side * (22 + stream.integer(5));
  item.x = x < 8 || x > SCENE - 8 ? child.x - side * 24 : x;
}

/** Ends everything that lasts only one frame: removes who left, resets poses, drops objects from the air. */
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

/** Sets the expression, and optionally the pose, of the child `name`, if it is present. */
export function mood(world: World, name: string | undefined, expression: Expression, pose?: PoseName): void {
  const child = world.children.get(name as ChildName);
  if (!child) return;
  child.expression = expression;
  // A sitting child stays seated until the event "rise".
  if (pose && child.pose !== "sit") child.pose = pose;
}
