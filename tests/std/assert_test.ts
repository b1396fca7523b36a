/** The local stand-in for @std/assert: each assertion passes and fails where the published one does. */
import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertExists,
  assertFalse,
  assertGreater,
  assertGreaterOrEqual,
  assertInstanceOf,
  AssertionError,
  assertIsError,
  assertLess,
  assertLessOrEqual,
  assertMatch,
  assertNotEquals,
  assertNotMatch,
  assertNotStrictEquals,
  assertRejects,
  assertStrictEquals,
  assertStringIncludes,
  assertThrows,
  fail,
  unreachable,
} from "@std/assert";

/** What an assertion says when it does not hold, checked without the assertions under test. */
function failure(assertion: () => void): string {
  try {
    assertion();
  } catch (error) {
    if (error instanceof AssertionError) return error.message;
    throw error;
  }
  throw new Error("The assertion held");
}

Deno.test("assertEquals() compares deeply: records, lists, maps, sets, dates and typed arrays", () => {
  assertEquals({ a: [1, { b: NaN }] }, { a: [1, { b: NaN }] });
  assertEquals(new Map([["a", new Set([1])]]), new Map([["a", new Set([1])]]));
  assertEquals(new Date(5), new Date(5));
  assertEquals(new Float32Array([1, NaN]), new Float32Array([1, NaN]));
  for (
    const [a, b] of [
      [1, "1"],
      [0, -0],
      [{ a: undefined }, {}],
      [[1, 2], [2, 1]],
      [new Float32Array([1]), new Float32Array([2])],
      [new Float32Array([1]), new Uint8Array([1])],
      [new Map([["a", 1]]), new Map([["a", 2]])],
      [new Date(5), new Date(6)],
    ]
  ) {
    failure(() => assertEquals<unknown>(a, b));
    assertNotEquals<unknown>(a, b);
  }
  failure(() => assertNotEquals([1], [1]));
});

Deno.test("assertEquals() shows where records differ, and counts where long arrays do", () => {
  const message = failure(() => assertEquals({ same: 1, other: [1, 2] }, { same: 1, other: [1, 3] }, "the reason"));
  for (const part of ["the reason", "+     2", "-     3"]) assertStringIncludes(message, part);
  const [a, b] = [new Float32Array(100), new Float32Array(100).fill(2, 40)];
  assertStringIncludes(failure(() => assertEquals(a, b)), "in 60 of 100 elements; the first is at 40: 0 where 2");
});

Deno.test("assertAlmostEquals() allows the tolerance, and 1e-7 of the value without one", () => {
  assertAlmostEquals(1, 1.05, 0.1);
  assertAlmostEquals(1e9, 1e9 + 10);
  assertAlmostEquals(NaN, NaN);
  assertAlmostEquals(Infinity, Infinity);
  assertStringIncludes(failure(() => assertAlmostEquals(1, 1.2, 0.1)), "within 0.1 of 1.2");
  failure(() => assertAlmostEquals(1, 1.0001));
  failure(() => assertAlmostEquals(NaN, 1, 10));
  failure(() => assertAlmostEquals(Infinity, 1, 10));
});

Deno.test("assertThrows() returns the error and holds it to its class and text", () => {
  const thrower = () => {
    throw new TypeError("the text");
  };
  const error: TypeError = assertThrows(thrower, TypeError, "text");
  assertEquals(error.message, "the text");
  assertThrows(thrower);
  assertThrows(() => {
    throw "no error"; // any value can be thrown
  });
  assertStringIncludes(failure(() => assertThrows(() => 1, "own words")), "own words");
  assertStringIncludes(failure(() => assertThrows(thrower, RangeError)), "RangeError");
  assertStringIncludes(failure(() => assertThrows(thrower, TypeError, "other")), '"the text"');
});

Deno.test("assertRejects() does the same for promises, and refuses a function that throws at once", async () => {
  const error: TypeError = await assertRejects(() => Promise.reject(new TypeError("late")), TypeError, "late");
  assertEquals(error.message, "late");
  const failing = [
    () => assertRejects(() => Promise.resolve(1)),
    () => assertRejects(() => Promise.reject(new TypeError("late")), RangeError),
    () => assertRejects(() => Promise.reject(new TypeError("late")), TypeError, "early"),
    () =>
      assertRejects(() => {
        throw new TypeError("at once");
      }),
  ];
  for (const assertion of failing) {
    const caught = await assertion().then(() => undefined, (reason) => reason);
    if (!(caught instanceof AssertionError)) throw new Error("The assertion held");
  }
});

Deno.test("assertions about one value hold and fail", () => {
  assert([]);
  assertFalse("");
  assertExists(0);
  assertInstanceOf(new TypeError("x"), Error);
  assertIsError(new TypeError("a text"), TypeError, /te.t/);
  assertStringIncludes("abc", "b");
  assertMatch("abc", /b/);
  assertNotMatch("abc", /d/);
  const same = {};
  assertStrictEquals(same, same);
  assertNotStrictEquals(same, {});
  const failures = [
    () => assert(0, "own words"),
    () => assertFalse("no"),
    () => assertExists(null),
    () => assertExists(undefined),
    () => assertInstanceOf({}, Error),
    () => assertIsError("text"),
    () => assertIsError(new TypeError("a text"), TypeError, /^text/),
    () => assertStringIncludes("abc", "d"),
    () => assertMatch("abc", /d/),
    () => assertNotMatch("abc", /b/),
    () => assertStrictEquals({}, {}),
    () => assertNotStrictEquals(same, same),
    () => fail("own words"),
    () => unreachable(),
  ];
  for (const assertion of failures) failure(assertion);
});

Deno.test("assertions about order tell equal from unequal", () => {
  assertGreater(2, 1);
  assertGreaterOrEqual(2, 2);
  assertLess("a", "b");
  assertLessOrEqual(1n, 1n);
  for (
    const assertion of [
      () => assertGreater(2, 2),
      () => assertGreaterOrEqual(1, 2),
      () => assertLess(2, 2),
      () => assertLessOrEqual(3, 2),
      () => assertLess(NaN, 1),
    ]
  ) failure(assertion);
});
