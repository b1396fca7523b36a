import { assertEquals, assertThrows } from "@std/assert";
import { parameters, parametersVariable, quick, settings } from "../../../src/cli/notebook/mod.ts";
import { UserError } from "../../../src/base/errors.ts";

/** Runs something with the values of `--set`. */
function withSet<T>(values: unknown, work: () => T): T {
  Deno.env.set(parametersVariable, typeof values === "string" ? values : JSON.stringify(values));
  try {
    return work();
  } finally {
    Deno.env.delete(parametersVariable);
  }
}

Deno.test("parameters() overrides its values by --set, and leaves config keys to settings()", () => {
  const set = { steps: 7, name: 3, "train.batch": 4, "model.db.g": "sa", "model.db.gSizes": [8] };
  withSet(set, () => {
    assertEquals(parameters({ steps: 100, name: "x", wide: true }, {}), { steps: 7, name: "3", wide: true });
    assertEquals(settings(), ["train.batch=4", "model.db.g=sa", "model.db.gSizes=[8]"]);
  });
  assertEquals(settings(), []);
});

Deno.test("parameters() uses the quick values where quick is set", () => {
  assertEquals(parameters({ steps: 100, name: "x" }, { steps: 3 }), { steps: quick ? 3 : 100, name: "x" });
});

Deno.test("parameters() refuses unknown keys, naming the nearest, wrong types, and text that is no JSON object", () => {
  const refuse = (values: unknown, message: string) =>
    withSet(values, () => assertThrows(() => parameters({ steps: 100 }, {}), UserError, message));
  refuse({ stepz: 1 }, 'the nearest known key is "steps"');
  refuse({ "train.step": 1 }, 'the nearest known key is "train.steps"');
  refuse({ steps: "many" }, 'parameter "steps" takes a number such as 100, not "many"');
  refuse("[1]", "must hold a JSON object");
  refuse("{", "must hold a JSON object");
});
