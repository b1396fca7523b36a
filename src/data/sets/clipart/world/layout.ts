/**
 * Converts the state of the world to a scene graph: the position of every object, in rendering order.
 *
 * Feet are on the ground line of their depth, held objects at hands, worn objects at heads. Far objects come first, so
 * near ones cover them.
 */
import type { SceneEvent, SceneObject } from "../../../store/scene.ts";
import { CHILD, type Point, poses } from "./poses.ts";
import type { ClipartScene } from "../scene.ts";
import { type Child, has, type Item, type World } from "./state.ts";
import { type ChildName, DEPTH_SCALES, GROUND, kindOf, things } from "./objects.ts";

/** A point of a child's pose, such as a hand, in scene pixels. */
function pointOf(child: Child, [x, y]: Point, raised: number): Point {
  const scale = DEPTH_SCALES[child.z]!;
  return [child.x + (child.flip ? -x : x) * scale, GROUND[child.z]! - raised + y * scale];
}

/** Offset of the centre of a held object from the hand, to the front and down, as a share of its height. */
const grips: Record<string, Point> = {
  balloon: [0.05, -0.5],
  umbrella: [-0.12, -0.42],
  kite: [0.15, -0.3],
  guitar: [-0.35, 0.1],
  drum: [-0.1, 0.25],
  bucket: [0, 0.35],
  teddy: [0, 0.1],
};

/** Height of a rider's feet above the ground, and offset of the vehicle's centre to the front, in scene pixels. */
const rides: Record<string, { raised: number; front: number }> = {
  bicycle: { raised: 12, front: 3 },
  scooter: { raised: 5, front: 9 },
};

/** The scene graph of a world after an event, far objects first. */
export function layoutScene(world: World, event: SceneEvent): ClipartScene {
  const groups: { z: number; foot: number; objects: SceneObject[] }[] = [];
  for (const child of world.children.values()) {
    groups.push({ z: child.z, foot: GROUND[child.z]! + 1, objects: childGroup(world, child) });
  }
  const sky: SceneObject[] = [];
  for (const item of world.items.values()) {
    const { kind, height } = things[item.name]!;
    const scale = DEPTH_SCALES[item.z]!;
    if (item.at === "sky" || item.at === "flown" || item.at === "air") {
      const placed = place(item, item.x, item.y ?? 20);
      if (item.at !== "sky" && item.owner) placed.heldBy = item.at === "flown" ? item.owner : undefined;
      if (kind === "sky") sky.push(placed);
      else groups.push({ z: item.z, foot: 60, objects: [placed] }); // behind all objects on the ground
    } else if (item.at === "ground") {
      const nearer = item.z > 0 || kind === "large" ? 0 : kind === "animal" ? 2 : 5; // small objects in front
      const foot = GROUND[item.z]! + nearer;
      groups.push({ z: item.z, foot, objects: [place(item, item.x, foot - height * scale / 2)] });
    }
  }
  // The sun, the moon and clouds are behind flying objects.
  sky.sort((a, b) => Number(isFlying(a.name)) - Number(isFlying(b.name)));
  groups.sort((a, b) => b.z - a.z || a.foot - b.foot);
  const objects = [...sky, ...groups.flatMap((group) => group.objects)];
  return { place: world.place, weather: world.weather, event, objects };
}

const isFlying = (name: string) => name === "airplane" || name === "helicopter";

/** A child with all objects that it holds, wears and rides, in rendering order. */
function childGroup(world: World, child: Child): SceneObject[] {
  const pose = poses[child.pose];
  const scale = DEPTH_SCALES[child.z]!;
  const side = child.flip ? -1 : 1;
  const [vehicle] = has(world, child.name, "ridden");
  const raised = vehicle ? rides[vehicle.name]!.raised * scale : 0;
  const carried = has(world, child.name, "held");
  const worn = has(world, child.name, "worn");
  const self: SceneObject = {
    name: child.name,
    kind: kindOf(child.name),
    x: Math.round(child.x),
    y: Math.round(GROUND[child.z]! - raised - CHILD / 2 * scale),
    z: child.z,
    flip: child.flip,
    pose: child.pose,
    expression: child.expression,
    holding: carried[0]?.name,
    wearing: worn.length > 0 ? worn.map((item) => item.name) : undefined,
    attributes: child.wet ? ["wet"] : undefined,
  };
  const objects = [self];
  for (const item of worn) {
    const { wear, height } = things[item.name]!;
    const [headX, headY] = pose.head;
    const spots: Record<NonNullable<typeof wear>, Point> = {
      head: [headX, headY - 4.5 - height / 2],
      eyes: [headX, headY + 1],
      neck: [headX + 1, headY + 11 + height / 2],
      hair: [headX - 9, headY - 12],
    };
    const [x, y] = pointOf(child, spots[wear!], raised);
    objects.push({ ...place({ ...item, z: child.z, flip: child.flip }, x, y), wornBy: child.name });
  }
  for (const item of carried) {
    const [handX, handY] = pointOf(child, pose.front[1], raised);
    const [gripX, gripY] = grips[item.name] ?? [0.1, -0.2];
    const size = things[item.name]!.height * scale;
    const placed = place({ ...item, z: child.z, flip: child.flip }, handX + side * gripX * size, handY + gripY * size);
    objects.push({ ...placed, heldBy: child.name });
  }
  if (vehicle) {
    const size = things[vehicle.name]!.height * scale;
    const x = child.x + side * rides[vehicle.name]!.front * scale;
    // Twemoji's scooter and bicycle face left.
    const placed = place({ ...vehicle, z: child.z, flip: !child.flip }, x, GROUND[child.z]! + 2 - size / 2);
    objects.push({ ...placed, heldBy: child.name });
  }
  return objects;
}

function place(item: Item, x: number, y: number): SceneObject {
  return {
    name: item.name,
    kind: things[item.name]!.kind,
    x: Math.round(x),
    y: Math.round(y),
    z: item.z,
    flip: item.flip,
  };
}

/** The front hand of a child of a scene graph, in scene pixels. */
export function handOf(object: SceneObject): Point {
  const scale = DEPTH_SCALES[object.z]!;
  const [x, y] = poses[object.pose as keyof typeof poses].front[1];
  return [object.x + (object.flip ? -x : x) * scale, object.y + (CHILD / 2 + y) * scale];
}

export const isChildObject = (object: SceneObject): object is SceneObject & { name: ChildName } =>
  object.kind === "boy" || object.kind === "girl";
