import { assertEquals, assertThrows } from "@std/assert";
import { UserError } from "../../../src/base/errors.ts";
import { networkOf } from "../../../src/cli/results/features.ts";

Deno.test("networkOf() accepts short names and full ones, and asks for the mode", () => {
  assertEquals(networkOf("inception"), "inception-2015-12-05");
  assertEquals(networkOf("r2plus1d", "kinetics"), "r2plus1d-18.kinetics");
  assertEquals(networkOf("r2plus1d-random", "published"), "r2plus1d-random.published");
  assertEquals(networkOf("r2plus1d-random.published"), "r2plus1d-random.published");
  assertThrows(() => networkOf("r2plus1d"), UserError, "--mode published or --mode kinetics");
  assertThrows(() => networkOf("r2plus1d", "imagenet"), UserError, `not "imagenet"`);
  assertThrows(() => networkOf("inception", "published"), UserError, "more than one input mode");
});
