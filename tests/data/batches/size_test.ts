import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { UserError } from "../../../src/base/errors.ts";
import { checkSize, tooSmall } from "../../../src/data/batches/size.ts";
import type { StorySet } from "../../../src/data/store/stories.ts";
import { resolveConfig } from "../../../src/model/config.ts";

Deno.test("checkSize() suggests only values that the schema accepts", () => {
  for (const sizeKey of ["train.batch", "text.batch", "classifier.batch"]) {
    for (const [stories, factor] of [[0, 1], [1, 1], [2, 1], [5, 1], [3, 2], [4, 2]] as const) {
      const set = { name: "few", split: () => Array(stories) } as unknown as StorySet;
      const { message } = assertThrows(() => checkSize(set, { size: 6 * factor, sizeKey, factor }), UserError);
      const hint = /set (\S+=\d+)\./.exec(message)?.[1];
      if (stories < 2 * factor) assertStringIncludes(message, `add some, at least ${2 * factor} in all`);
      else resolveConfig("tiny", [hint!]);
      assertEquals(hint === undefined, stories < 2 * factor, message);
    }
  }
});

Deno.test("tooSmall() names what keeps a set from being trained on", () => {
  assertStringIncludes(tooSmall({ train: 1, val: 3 }, 5)!, "1 training story, and a batch at least 2");
  assertStringIncludes(tooSmall({ train: 2, val: 0 }, 5)!, "no validation stories");
  assertStringIncludes(tooSmall({ train: 2, val: 1 }, 1)!, "one validation frame");
  assertEquals(tooSmall({ train: 2, val: 1 }, 2), undefined);
});
