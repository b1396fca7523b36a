import { assertEquals } from "@std/assert";
import { projectRoot } from "../../../src/base/files.ts";
import { withFolder } from "../../runs/help.ts";

const script = `
  import { openNotebook } from "${projectRoot}/src/cli/notebook/mod.ts";
  import { openStorySet } from "${projectRoot}/src/data/mod.ts";
  const { config, runs, data } = await openNotebook("tiny", ["engine=cpu", "train.batch=5"]);
  const set = await openStorySet(config.data.name, data);
  console.log(JSON.stringify({ set: set.name, train: set.split("train").length, runs, data, ...config.train }));
`;

Deno.test("openNotebook() prepares the quick set, separates quick runs, and applies --set last", () =>
  withFolder(async (root) => {
    const env = {
      STORYLOOM_QUICK: "1",
      STORYLOOM_DATA: `${root}/data`,
      STORYLOOM_RUNS: `${root}/runs`,
      STORYLOOM_PARAMETERS: '{"train.steps": 7}',
      NO_COLOR: "1",
    };
    const { stdout, stderr, success } = await new Deno.Command(Deno.execPath(), {
      args: ["eval", "--no-check", script],
      cwd: projectRoot,
      env,
    }).output();
    const lines = new TextDecoder().decode(stdout).trim().split("\n");
    assertEquals([success, new TextDecoder().decode(success ? undefined : stderr)], [true, ""]);
    assertEquals(lines[0], "train.steps = 7 (--set)");
    const { set, train, runs, data, steps, batch } = JSON.parse(lines.at(-1)!);
    assertEquals([set, train, steps, batch], ["clipart-quick", 64, 7, 5]);
    assertEquals([runs, data], [`${root}/runs/quick`, `${root}/data`]);
  }));
