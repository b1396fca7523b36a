/** Minutes to goals, by hand from made-up timings and curves. */
import { assertAlmostEquals, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { UserError } from "../../../src/base/errors.ts";
import { leaderboard, secondsUntil, standingsOf } from "../../../src/figures/tables/leaderboard.ts";
import type { RunRecord } from "../../../src/records/read.ts";
import { input, runOf } from "../fixture.ts";

const test = "object-f1[classifier:01234567].test";
const val = "object-f1[classifier:01234567].val";
const curve = { 20: { [val]: 48 }, 40: { [val]: 61 } };

/** A run whose text encoder is run 1. */
const withEncoder = (run: RunRecord): RunRecord => ({
  ...run,
  data: { ...run.data, encoder: { run: "0001-made-up", digest: "state of 0001-made-up" } },
});
const encoder = { ...runOf({ number: 1 }), kind: "damsm" } as RunRecord;

Deno.test("secondsUntil() sums the seconds of all steps up to one, the first with its compiling", () => {
  // Lines at 1, 20 and 40: 9 s, then 0.51 s a step.
  assertAlmostEquals(secondsUntil(encoder, 40), 9 + 39 * 0.51, 1e-9);
  assertAlmostEquals(secondsUntil(encoder, 39), 9 + 19 * 0.51, 1e-9);
  assertEquals(secondsUntil(encoder, 0), 0);
});

Deno.test("standings count pre-training, and a goal is reached at the first kept checkpoint at or above it", () => {
  const run = withEncoder(runOf({ number: 2, measured: { [test]: 60.5 }, curve }));
  const [one, ...others] = standingsOf([encoder, run]);
  assertEquals(others, []);
  const seconds = 9 + 39 * 0.51 + 9 + 39 * 0.52;
  assertAlmostEquals(one!.minutes!, seconds / 60, 1e-9);
  assertAlmostEquals(one!["to 50"]!, seconds / 60, 1e-9);
  assertEquals([one!["to 70"], one!["object F1"], one!.steps, one!.run], [null, 60.5, 40, "0002-made-up"]);
  const bare = withEncoder(runOf({ number: 2, measured: { [test]: 60.5 } }));
  assertAlmostEquals(standingsOf([encoder, bare])[0]!["to 60"]!, seconds / 60, 1e-9); // at its end
  assertEquals(standingsOf([encoder, bare])[0]!["to 70"], null);
  const early = withEncoder(
    runOf({ number: 2, measured: { [test]: 60.5 }, curve: { 40: { [val]: 61 }, 20: { [val]: 50 } } }),
  );
  assertAlmostEquals(standingsOf([encoder, early])[0]!["to 50"]!, (9 + 39 * 0.51 + 9 + 19 * 0.52) / 60, 1e-9);
});

Deno.test("without the record of its text encoder a run has no minutes, rather than too few", () => {
  const [alone] = standingsOf([withEncoder(runOf({ number: 2, measured: { [test]: 60.5 }, curve }))]);
  assertEquals([alone!.minutes, alone!["to 50"]], [null, null]);
  assertEquals(standingsOf([runOf({ number: 2, measured: { [test]: 60.5 } })])[0]!.minutes, null);
});

Deno.test("standings hold a recipe once, by its smallest seed, the earliest first; other rows of the ablation and unmeasured runs are out", () => {
  const measured = { [test]: 50 };
  const runs = [
    runOf({ number: 9, seed: 2, measured, set: ["train.batch=3"] }),
    runOf({ number: 8, seed: 1, measured, set: ["train.batch=3"] }),
    runOf({ number: 3, measured }),
    runOf({ number: 4, measured: { [val]: 70 }, set: ["train.batch=4"] }),
    runOf({ number: 5, measured, set: ["model.db.g=none", "model.db.d=none"] }),
  ];
  assertEquals(standingsOf(runs).map(({ run }) => run), ["0003-made-up", "0008-made-up"]);
});

Deno.test("the object F1 of a run is that of all test stories, whatever was measured first", () => {
  const first = "object-f1[classifier:01234567, first 100].test";
  assertEquals(standingsOf([runOf({ number: 2, measured: { [first]: 70, [test]: 60.5 } })])[0]!["object F1"], 60.5);
  assertEquals(standingsOf([runOf({ number: 2, measured: { [first]: 70 } })])[0]!["object F1"], 70);
});

Deno.test("the leaderboard of no measured run says which commands measure one", async () => {
  const error = await assertRejects(async () => await leaderboard.make(input([encoder])), UserError);
  assertStringIncludes(error.message, "deno task classifier");
});
