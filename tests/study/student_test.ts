import { assertAlmostEquals, assertEquals } from "@std/assert";
import { holm, studentP, studentQuantile } from "../../src/study/student.ts";

Deno.test("studentQuantile() has the published values of the t table (two-sided 95 % and 99 %)", () => {
  const published: [df: number, at95: number, at99: number][] = [
    [1, 12.706, 63.657],
    [2, 4.303, 9.925],
    [3, 3.182, 5.841],
    [4, 2.776, 4.604],
    [5, 2.571, 4.032],
    [9, 2.262, 3.25],
    [10, 2.228, 3.169],
    [30, 2.042, 2.75],
    [120, 1.98, 2.617],
  ];
  for (const [df, at95, at99] of published) {
    assertAlmostEquals(studentQuantile(0.95, df), at95, 0.0005);
    assertAlmostEquals(studentQuantile(0.99, df), at99, 0.0005);
  }
});

Deno.test("studentP() agrees with the closed forms for 1 and 2 degrees of freedom, and with the normal for many", () => {
  for (const t of [0, 0.3, 1, 4.3, -4.3, 50, Infinity]) {
    assertAlmostEquals(studentP(t, 1), 1 - 2 / Math.PI * Math.atan(Math.abs(t)), 1e-14);
    const closed = t === Infinity ? 0 : 1 - Math.abs(t) / Math.sqrt(2 + t * t);
    assertAlmostEquals(studentP(t, 2), closed, 1e-14);
  }
  assertAlmostEquals(studentP(1.959964, 1_000_000), 0.05, 1e-6);
});

Deno.test("studentP() agrees with the density integrated numerically", () => {
  const integral = (t: number, df: number) => { // Simpson's rule; the density at 0 is 1 before normalisation
    const density = (x: number) => (1 + x * x / df) ** (-(df + 1) / 2);
    const simpson = (from: number, to: number, n = 200_000) => {
      const h = (to - from) / n;
      let sum = density(from) + density(to);
      for (let i = 1; i < n; i++) sum += (i % 2 === 1 ? 4 : 2) * density(from + i * h);
      return sum * h / 3;
    };
    return 1 - simpson(0, t) / simpson(0, 2000);
  };
  for (const df of [3, 4, 7, 8]) assertAlmostEquals(studentP(2.3, df), integral(2.3, df), 1e-8);
});

Deno.test("studentQuantile() is the inverse of studentP()", () => {
  for (const df of [1, 2, 3, 8, 29]) assertAlmostEquals(studentP(studentQuantile(0.95, df), df), 0.05, 1e-12);
});

Deno.test("holm() multiplies by the number of comparisons that are left, stays in order, and ends at 1", () => {
  // The example of Holm's procedure with four hypotheses: 4·0.005, 3·0.01, 2·0.03, and 0.04 not below its forerunner.
  assertEquals(holm([0.01, 0.04, 0.03, 0.005]).map((p) => Number(p!.toFixed(12))), [0.03, 0.06, 0.06, 0.02]);
  assertEquals(holm([0.9, null, 0.8]), [1, null, 1]);
  assertEquals(holm([]), []);
});
