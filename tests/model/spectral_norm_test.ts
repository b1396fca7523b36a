import { assertAlmostEquals, assertEquals, assertGreater, assertLess } from "@std/assert";
import { tf } from "../../src/engine/mod.ts";
import { initialize, kernel } from "../../src/model/parameters.ts";
import { spectralNorm, spectralParameters } from "../../src/model/spectral_norm.ts";
import { maxDifference, normals, scalarOf, valuesOf } from "./tiny_model.ts";

Deno.test("spectralNorm() brings the largest singular value to 1 after many steps", () => {
  let state = initialize(spectralParameters(kernel("c.kernel", [3, 3, 2, 5])), 1);
  for (let i = 0; i < 60; i++) state = { ...state, ...spectralNorm(state).updates };
  const matrix = spectralNorm(state).state["c.kernel"]!.reshape([18, 5]);
  // The largest eigenvalue of MᵀM, by a power iteration of its own.
  const square = tf.matMul(matrix, matrix, true);
  let vector = normals([5, 1], "v");
  for (let i = 0; i < 60; i++) {
    vector = tf.matMul(square, vector);
    vector = tf.div(vector, tf.norm(vector));
  }
  assertAlmostEquals(scalarOf(tf.norm(tf.matMul(square, vector))), 1, 1e-4);
});

Deno.test("spectralNorm() makes one step of power iteration and carries u on", () => {
  const state = { "c.kernel": tf.tensor4d([3, 0, 0, 1], [1, 1, 2, 2]), "c.kernel.u": tf.tensor1d([1, 1]) };
  const { state: next, updates } = spectralNorm(state);
  // Mu = (3, 1), v = (3, 1)/√10, Mᵀv = (9, 1)/√10, u = (9, 1)/√82, σ = vᵀMu = √82/√10
  assertAlmostEquals(valuesOf(updates["c.kernel.u"]!)[0]!, 9 / Math.sqrt(82), 1e-5);
  assertAlmostEquals(valuesOf(next["c.kernel"]!)[0]!, 3 / Math.sqrt(8.2), 1e-5);
  assertEquals(Object.keys(updates), ["c.kernel.u"]);
  assertEquals(valuesOf(state["c.kernel.u"]), [1, 1]);
});

Deno.test("spectralNorm() differentiates through σ with u and v held still", () => {
  const weights = normals([1, 1, 4, 3], "w");
  const state = initialize(spectralParameters(kernel("c.kernel", [1, 1, 4, 3])), 1);
  const normalised = (kernel: tf.Tensor) => spectralNorm({ ...state, "c.kernel": kernel }).state["c.kernel"]!;
  const gradient = tf.grad((kernel) => tf.sum(tf.mul(weights, normalised(kernel))))(state["c.kernel"]!);
  // σ = vᵀWu has the gradient vuᵀ, so that of Σ G∘W/σ is G/σ − (Σ G∘W)/σ²·vuᵀ.
  const [g, w] = [weights.reshape([4, 3]), state["c.kernel"]!.reshape([4, 3])];
  const toUnit = (x: tf.Tensor) => tf.div(x, tf.norm(x));
  const v = toUnit(tf.matMul(w, state["c.kernel.u"]!.reshape([3, 1])));
  const u = toUnit(tf.matMul(w, v, true));
  const sigma = scalarOf(tf.matMul(tf.matMul(v, w, true), u));
  const through = tf.mul(tf.matMul(v, u, false, true), scalarOf(tf.sum(tf.mul(g, w))) / sigma ** 2);
  const expected = tf.sub(tf.div(g, sigma), through);
  const size = scalarOf(tf.norm(expected));
  assertLess(maxDifference(gradient.reshape([4, 3]), expected) / size, 1e-4);
  assertGreater(scalarOf(tf.norm(through)) / size, 0.05); // the part through σ is not lost in the tolerance
});
