import { assertEquals, assertThrows } from "@std/assert";
import { UserError } from "../../src/base/errors.ts";
import { tf } from "../../src/engine/mod.ts";
import { get, openNet, stopGradient } from "../../src/model/net.ts";
import { valuesOf } from "./tiny_model.ts";

Deno.test("stopGradient() passes values on and gradients not", () => {
  const x = tf.tensor1d([2, -3]);
  assertEquals(valuesOf(stopGradient(x)), [2, -3]);
  const gradient = tf.grad((x) => tf.sum(tf.mul(x, stopGradient(tf.square(x)))))(x);
  assertEquals(valuesOf(gradient), [4, 9]); // x² as a constant; 3x² without the stop
});

Deno.test("get() names the tensor that a state lacks", () => {
  assertThrows(() => get(openNet({}, false), "generator.fc.kernel"), UserError, '"generator.fc.kernel"');
});
