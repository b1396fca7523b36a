/** Memory that runs out in the middle of a run: the run fails in one line, and goes on where it was saved. */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { prepareSet } from "../../src/data/mod.ts";
import { findPlugin } from "../../src/engine/install.ts";
import { readStatus } from "../../src/records/status.ts";
import { compileLibrary, compilerIsThere, withEnv } from "../fixtures/compile_c.ts";
import { narrow } from "../train/tiny.ts";
import { runToEnd, withFolder } from "./help.ts";

const plugin = findPlugin();

Deno.test({
  name: "a run whose device runs out of memory fails with what to lower, and can be resumed",
  ignore: !plugin || !compilerIsThere,
  fn: () =>
    withFolder(async (root) => {
      await prepareSet("clipart", { options: { stories: 12, seed: 1 }, root: `${root}/data` });
      const masked = `${root}/masked.so`;
      await compileLibrary(new URL("../fixtures/masked_plugin.c", import.meta.url).pathname, masked, "-ldl");
      const settings = [...narrow, "text.steps=2", "train.steps=10", "record.log=1", "record.checkpoint=4"];
      const folder = `${root}/runs/0002-full`;
      const lines = () => Deno.readTextFileSync(`${folder}/metrics.jsonl`).split("\n").length - 1;

      const env = {
        STORYLOOM_PJRT_PLUGIN: masked,
        STORYLOOM_XLA_FLAGS: "xla_backend_optimization_level=0", // compiles faster
        MASK_PLUGIN: plugin!.path,
        MASK_GPUS: 1,
      };
      await withEnv(env, async () => {
        // The step is the one program of that many arguments: every weight, both its moments, the batch.
        const full = { MASK_FAIL: "execute", MASK_ARGUMENTS: 150, MASK_AFTER: 6 };
        const { code, err } = await withEnv(full, () => runToEnd("train", [...settings, "--name", "full"], root));
        assertEquals(code, 1, err);
        assertMatch(err, /error: The GPU has not enough memory to run a program: 34\.36 GB were asked for[^\n]+\n$/);
        assertStringIncludes(err, "train.batch");
        const { state, error, step } = readStatus(folder);
        assertEquals([state, step], ["failed", 6]);
        assertStringIncludes(error!, "not enough memory");

        const resumed = await runToEnd("resume", ["2"], root);
        assertEquals(resumed.code, 0, resumed.err);
        assertStringIncludes(Deno.readTextFileSync(`${folder}/log.txt`), "gan from step 4 of 10");
        assertEquals([readStatus(folder).state, lines()], ["finished", 10 + 3]); // each step, three checkpoints
      });
    }),
});
