import { assert, assertEquals, assertGreater, assertLess } from "@std/assert";
import { writeStory } from "../../../../../src/data/sets/clipart/story.ts";
import { handOf } from "../../../../../src/data/sets/clipart/world/layout.ts";
import { SCENE } from "../../../../../src/data/sets/clipart/world/objects.ts";

const scenes = Array.from({ length: 600 }, (_, index) => writeStory(5, "train", index).map(({ scene }) => scene));

Deno.test("layoutScene() keeps all objects in the picture, far ones first, and worn objects on children", () => {
  for (const { objects } of scenes.flat()) {
    for (const { name, x, y, z, wornBy, heldBy } of objects) {
      assert(x >= 0 && x <= SCENE && y >= 0 && y <= SCENE, `${name} at ${x}, ${y}`);
      const owner = objects.find((object) => object.name === (wornBy ?? heldBy));
      assertEquals(owner === undefined, (wornBy ?? heldBy) === undefined);
      if (wornBy) assert(owner!.wearing!.includes(name) && Math.abs(owner!.x - x) < 16 && owner!.z === z);
    }
    const depths = objects.filter(({ kind, heldBy }) => kind !== "sky" && !heldBy).map(({ z }) => z);
    assertEquals(depths, [...depths].sort((a, b) => b - a));
  }
});

Deno.test("layoutScene() places objects of the sky above, others on the ground, and held objects at hands", () => {
  let held = 0;
  for (let index = 0; index < 150; index++) {
    for (const { scene: { objects } } of writeStory(2, "train", index)) {
      for (const object of objects) {
        if (object.kind === "sky") assertLess(object.y, SCENE * 0.35);
        if (object.kind === "large" || object.kind === "animal") assertGreater(object.y, SCENE * 0.3);
        const owner = objects.find(({ name }) => name === object.heldBy);
        if (owner?.holding !== object.name) continue;
        const [x, y] = handOf(owner);
        assertLess(Math.hypot(x - object.x, y - object.y), 26, object.name);
        held++;
      }
    }
  }
  assertGreater(held, 100);
});
