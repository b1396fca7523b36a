import { assertEquals, assertThrows } from "@std/assert";
import { UserError } from "../../src/base/errors.ts";
import { formatName, metrics, oneColumn, parseName } from "../../src/metrics/names.ts";

Deno.test("metric names are formatted and parsed", () => {
  const names = {
    "fid[inception-2015-12-05].test": { metric: "fid", protocol: ["inception-2015-12-05"], split: "test" },
    "fsd[r2plus1d-random.kinetics, first 100].val": {
      metric: "fsd",
      protocol: ["r2plus1d-random.kinetics", "first 100"],
      split: "val",
    },
    "r-precision[damsm:1a2b3c4d, sentence, 1 of 100].test": {
      metric: "r-precision",
      protocol: ["damsm:1a2b3c4d", "sentence", "1 of 100"],
      split: "test",
    },
  };
  for (const [text, name] of Object.entries(names)) {
    assertEquals(parseName(text), name);
    assertEquals(formatName(name), text);
    assertEquals(name.metric in metrics, true);
  }
  for (const text of ["fid", "fid.test", "fid[].test", "fid[a]", "FID[a].test", "fid[a[b]].test"]) {
    assertThrows(() => parseName(text), UserError, `"${text}" is not a metric name`);
  }
});

Deno.test("oneColumn() accepts numbers of one name and refuses two", () => {
  const fid = "fid[inception-2015-12-05].test";
  assertEquals(oneColumn([fid, fid]), parseName(fid));
  const refused: [string, string][] = [
    ["fid[inception-nsfwjs].test", "different protocols"],
    ["fid[inception-2015-12-05, first 100].test", "different protocols"],
    ["fid[inception-2015-12-05].val", "different splits"],
    ["kid[inception-2015-12-05].test", "different metrics"],
  ];
  for (const [other, why] of refused) assertThrows(() => oneColumn([fid, fid, other]), UserError, why);
  assertThrows(() => oneColumn([]), UserError, "none was given");
});
