import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { random } from "../../src/base/random.ts";
import { countTargets, objectScores, selectTargets } from "../../src/metrics/f1.ts";

/** Two stories of two frames and three objects. */
const set = { targets: ["mike", "jenny", "dog"], frames: 2 };
const truth = [1, 1, 0, /**/ 1, 0, 0, /* next story */ 0, 1, 0, /**/ 1, 1, 0];
const seen = [0.9, 0.8, 0.1, /**/ 0.2, 0, 0.7, /* next story */ 0.4, 0.5, 0.49, /**/ 1, 0.1, 0];

Deno.test("countTargets() counts by story and object, and rounds probabilities once", () => {
  const counts = countTargets(set, seen, truth);
  assertEquals([...counts.truePositives], [1, 1, 0, 1, 1, 0]);
  assertEquals([...counts.falsePositives], [0, 0, 1, 0, 0, 0]);
  assertEquals([...counts.falseNegatives], [1, 0, 0, 0, 1, 0]);
  assertEquals([...counts.exact], [1, 1]);
  // A sigmoid of what was rounded before would be at least 0.5, and so see everything everywhere.
  assertEquals([...countTargets(set, new Array(12).fill(0), truth).falsePositives], [0, 0, 0, 0, 0, 0]);
});

Deno.test("objectScores() leaves absent objects out of the mean, and names them", () => {
  const scores = objectScores(countTargets(set, seen, truth));
  assertAlmostEquals(scores.micro, 2 * 4 / (2 * 4 + 1 + 2), 1e-12);
  assertAlmostEquals(scores.macro, 4 / 5, 1e-12); // of 2·2/(2·2 + 1) twice
  assertEquals(scores.exact, 0.5);
  assertEquals(scores.absent, ["dog"]);
  const [mike, , dog] = scores.targets;
  assertEquals(mike, { target: "mike", frames: 3, precision: 1, recall: 2 / 3, f1: 4 / 5 });
  assertEquals([dog!.frames, dog!.precision, dog!.f1], [0, 0, 0]);
  assert(Number.isNaN(dog!.recall));
});

Deno.test("objectScores() of resampled stories are those of their frames in one list", () => {
  const stream = random(3, "f1");
  const [S, T, K] = [20, 3, 4];
  const truth = Array.from({ length: S * T * K }, () => stream.integer(2));
  const seen = truth.map((there) => stream.uniform() < 0.7 ? there : 1 - there);
  const ofStory = (list: number[], story: number) => list.slice(story * T * K, (story + 1) * T * K);
  const chosen = [4, 0, 4, 17, 5];
  const targets = ["a", "b", "c", "d"];
  const counts = countTargets({ targets, frames: T }, seen, truth);

  const [there, found] = [truth, seen].map((list) => chosen.flatMap((story) => ofStory(list, story)));
  const of = (keep: (k: number) => boolean) => {
    const pairs = there!.map((t, i) => ({ t, s: found![i]!, k: i % K })).filter(({ k }) => keep(k));
    const hits = pairs.filter(({ t, s }) => t === 1 && s === 1).length;
    const [precision, recall] = [
      hits / pairs.filter(({ s }) => s === 1).length,
      hits / pairs.filter(({ t }) => t === 1).length,
    ];
    return 2 * precision * recall / (precision + recall);
  };
  const frames = Array.from({ length: chosen.length * T }, (_, f) => f * K);
  const exact = frames.filter((at) => targets.every((_, k) => there![at + k] === found![at + k])).length;

  const scores = objectScores(counts, chosen);
  assertAlmostEquals(scores.micro, of(() => true), 1e-12);
  assertAlmostEquals(scores.macro, targets.reduce((sum, _, k) => sum + of((other) => other === k) / K, 0), 1e-12);
  assertAlmostEquals(scores.exact, exact / frames.length, 1e-12);
});

Deno.test("countTargets() refuses numbers that are not whole stories", () => {
  assertThrows(() => countTargets(set, seen.slice(1), truth), RangeError);
  assertThrows(() => countTargets(set, [...seen, 1, 0, 0], [...truth, 1, 0, 0]), RangeError);
});

Deno.test("selectTargets() keeps the columns of some targets, in their order", () => {
  assertEquals([...selectTargets(seen.slice(0, 6), set.targets, ["dog", "mike"])], [0.1, 0.9, 0.7, 0.2]);
  const both = countTargets(
    { targets: ["mike", "jenny"], frames: 2 },
    ...[seen, truth].map((values) => selectTargets(values, set.targets, ["mike", "jenny"])) as [
      Float64Array,
      Float64Array,
    ],
  );
  assertEquals([...both.exact], [1, 1]);
  assertEquals([...both.falsePositives], [0, 0, 0, 0]);
  assertThrows(() => selectTargets(seen, set.targets, ["cat"]), RangeError, "cat");
});
