import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { compareTrainings, relativeDifference, verdictLine } from "../../src/reproduction/compare.ts";
import type { Line } from "../../src/records/read.ts";

const lines: Line[] = [
  { step: 1, "loss.d": 2, "loss.g": 0 },
  { step: 20, "loss.d": 1, "loss.g": -4 },
  { step: 20, "frechet.val": 100 },
  { step: 40, "loss.d": 0.5, "loss.g": 3 },
];
const digests = { 20: "a", 40: "b" };
const recorded = { lines, digests };
const compare = (lines: Line[], other: Record<string, string> = digests) =>
  compareTrainings(recorded, { lines, digests: other });

Deno.test("compareTrainings() returns identical for equal bits, also for the beginning of a run", () => {
  const whole = compare(structuredClone(lines));
  assertEquals([whole.verdict, whole.lines, whole.states, whole.step], ["identical", 4, 2, 40]);
  assertEquals(verdictLine(whole), "identical");
  const part = compare(lines.slice(0, 2), {});
  assertEquals([part.verdict, part.lines, part.states, part.step], ["identical", 2, 0, 20]);
});

Deno.test("compareTrainings() returns the largest relative difference, and rounds it up to a power of ten", () => {
  const found = compare(
    lines.map((line) => line.step === 1 ? line : { ...line, "loss.d": line["loss.d"]! * (1 + 3e-7) }),
  );
  assertEquals(found.verdict, "equal");
  assertAlmostEquals(found.largest, 3e-7, 1e-9);
  assertEquals(verdictLine(found), "equal within 1e-6");
  assertEquals([found.first!.step, found.first!.name], [20, "loss.d"]);
  assertEquals(verdictLine({ ...found, largest: 1e-4 }), "equal within 1e-4");
});

Deno.test("compareTrainings() returns the first step at which a number differs by more than the tolerance", () => {
  const found = compare(lines.with(2, { step: 20, "frechet.val": 101 }).with(1, { ...lines[1]!, "loss.g": -4.0001 }));
  assertEquals([found.verdict, verdictLine(found)], ["different", "different since step 20"]);
  assertEquals([found.first!.name, found.beyond!.name], ["loss.g", "frechet.val"]);
  const lost = compare(lines.with(0, { step: 1, "loss.d": 2, "loss.g": NaN }));
  assertEquals(verdictLine(lost), "different since step 1");
});

Deno.test("compareTrainings() returns states that differ under equal numbers, and names that only one of the two has", () => {
  const found = compare(lines, { 20: "a", 40: "c" });
  assertEquals([found.verdict, found.state], ["equal", 40]);
  assert(verdictLine(found).includes("since step 40"));
  const { "loss.g": _, ...rest } = lines[0]!;
  assertEquals(compare([{ ...rest, step: 1, kl: 1 }]).only, { recorded: ["loss.g"], found: ["kl"] });
});

Deno.test("relativeDifference() of zeros, signs, sizes and NaN", () => {
  assertEquals([relativeDifference(0, 0), relativeDifference(1, -1), relativeDifference(0, 1e-30)], [0, 2, 1]);
  assertEquals([relativeDifference(1e9, 2e9), relativeDifference(NaN, 1)], [0.5, Infinity]);
});
