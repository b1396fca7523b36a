import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { random } from "../../../src/base/random.ts";
import { classShares, persistenceShares, shareOf } from "../../../src/metrics/frames/scene_graph.ts";

const places = ["place=beach", "place=park", "place=forest"];
const skies = ["sky=rainy", "sky=sunny"];
const objects = ["dog", "mike"];
const targets = [places[0]!, "dog", places[1]!, ...skies, "mike", places[2]!]; // classes need not be neighbours
const [S, T, K] = [9, 4, targets.length];
const of = { targets, frames: T };

/** A frame as text: what it shows. */
interface Seen {
  place: string | undefined;
  sky: string | undefined;
  objects: string[];
}

/** Random scenes and probabilities [S·T·K], and the same as text [S·T]; every fifth scene has no weather. */
function sampled(seed: number) {
  const stream = random(seed, "scene-graph-test");
  const truth = new Uint8Array(S * T * K);
  const scenes = Array.from({ length: S * T }, (_, frame): Seen => {
    const scene = {
      place: stream.choice(places),
      sky: frame % 5 === 0 ? undefined : stream.choice(skies),
      objects: objects.filter(() => stream.uniform() < 0.6),
    };
    for (const name of [scene.place, scene.sky, ...scene.objects]) {
      if (name !== undefined) truth[frame * K + targets.indexOf(name)] = 1;
    }
    return scene;
  });
  const probabilities = stream.uniforms(S * T * K);
  const seen = Array.from({ length: S * T }, (_, frame): Seen => {
    const of = (name: string) => probabilities[frame * K + targets.indexOf(name)]!;
    const most = (names: string[]) => names.toSorted((a, b) => of(b) - of(a))[0];
    return { place: most(places), sky: most(skies), objects: objects.filter((name) => of(name) >= 0.5) };
  });
  return { truth, scenes, probabilities, seen };
}

Deno.test("classShares() is the accuracy of the most probable class; frames without one do not count", () => {
  const { truth, scenes, probabilities, seen } = sampled(1);
  const found = classShares(of, skies, probabilities, truth);
  const counted = scenes.map(({ sky }, i) => ({ sky, hit: seen[i]!.sky === sky })).filter(({ sky }) => sky);
  assertEquals(found.cases.reduce((a, b) => a + b), counted.length);
  assertAlmostEquals(shareOf(found), counted.filter(({ hit }) => hit).length / counted.length, 1e-12);
  const [first] = [...found.hits];
  assertEquals(first, scenes.slice(0, T).filter(({ sky }, i) => sky && sky === seen[i]!.sky).length);
  assertEquals(shareOf(classShares(of, skies, probabilities, new Uint8Array(S * T * K))), NaN);
  assertEquals(shareOf(classShares(of, places, truth, truth)), 1);
});

/** Persistence by sets of names: what is in both real frames and in the first drawn one, and of it what is in the second. */
function bySets(scenes: Seen[], seen: Seen[], story: number): [kept: number, shown: number] {
  let [kept, shown] = [0, 0];
  for (let i = story * T; i < story * T + T - 1; i++) {
    const [a, b, x, y] = [scenes[i]!, scenes[i + 1]!, seen[i]!, seen[i + 1]!];
    const lasting = a.objects.filter((name) => b.objects.includes(name)).filter((name) => x.objects.includes(name));
    shown += lasting.length;
    kept += lasting.filter((name) => y.objects.includes(name)).length;
    for (const key of ["place", "sky"] as const) {
      if (a[key] === undefined || a[key] !== b[key]) continue;
      shown++;
      if (x[key] === y[key]) kept++;
    }
  }
  return [kept, shown];
}

Deno.test("persistenceShares() is the share of lasting things that the next frame keeps, counted by story", () => {
  for (const seed of [1, 2]) {
    const { truth, scenes, probabilities, seen } = sampled(seed);
    const found = persistenceShares(of, { objects, classes: [places, skies] }, probabilities, truth);
    const expected = Array.from({ length: S }, (_, story) => bySets(scenes, seen, story));
    assertEquals([...found.hits], expected.map(([kept]) => kept));
    assertEquals([...found.cases], expected.map(([, shown]) => shown));
    const chosen = [3, 3, 8];
    const sums = chosen.map((story) => expected[story]!).reduce(([a, b], [c, d]) => [a + c, b + d]);
    assertAlmostEquals(shareOf(found, chosen), sums[0] / sums[1], 1e-12);
  }
});

Deno.test("persistenceShares() is 1 of one picture repeated, whatever it shows, and NaN where nothing is shown", () => {
  const { truth, probabilities } = sampled(3);
  const repeated = probabilities.map((_, i) => probabilities[i % K]!);
  const lasting = { objects, classes: [places, skies] };
  assertEquals(shareOf(persistenceShares(of, lasting, repeated, truth)), 1);
  const nothing = new Float32Array(S * T * K);
  assertEquals(shareOf(persistenceShares(of, { objects, classes: [] }, nothing, truth)), NaN);
  // Stories of one frame have no neighbours.
  assertEquals(shareOf(persistenceShares({ targets, frames: 1 }, lasting, probabilities, truth)), NaN);
  // A single story, whose dog is lost in the second frame.
  const pair = { targets: ["dog"], frames: 2 };
  const dog = { objects: ["dog"], classes: [] };
  assertEquals(shareOf(persistenceShares(pair, dog, [0.9, 0.4], [1, 1])), 0);
  assertEquals(shareOf(persistenceShares(pair, dog, [0.9, 0.4], [1, 0])), NaN); // it does not last in the scene either
  assertEquals(shareOf(persistenceShares(pair, dog, [0.4, 0.9], [1, 1])), NaN); // it was not shown
});

Deno.test("both refuse arrays that are not whole stories, and unknown targets", () => {
  const { truth, probabilities } = sampled(1);
  const lasting = { objects, classes: [] };
  assertThrows(() => classShares(of, places, probabilities.subarray(1), truth), RangeError, "expected equal multiples");
  assertThrows(() => persistenceShares({ targets, frames: 5 }, lasting, probabilities, truth), RangeError, "5 frames");
  assertThrows(() => classShares(of, ["sky=foggy"], probabilities, truth), RangeError, "sky=foggy");
});
