/**
 * A system of one's own, from its declaration to a run: a generator and two critics, one of whole stories and one of single
 * frames, that are updated a different number of times; the generator's learning rate falls. It is trained as a run in a
 * process of its own, killed, and resumed to the same bits.
 */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { UserError } from "../../src/base/errors.ts";
import { prepareSet } from "../../src/data/mod.ts";
import { readJson } from "../../src/base/files.ts";
import { resolveConfig } from "../../src/model/config.ts";
import { defaultSystem, registerSystem } from "../../src/model/systems/mod.ts";
import { withFolder } from "../runs/help.ts";
import { toy } from "./toy_system.ts";

const program = new URL("toy_system_process.ts", import.meta.url).pathname;

/** Trains the toy, or resumes its run in `folder`. */
const start = (root: string, ...args: string[]) =>
  new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", program, root, ...args],
    env: { NO_COLOR: "1" },
    stdout: "piped",
    stderr: "piped",
  }).spawn();

async function ended(child: Deno.ChildProcess): Promise<{ code: number; err: string }> {
  const { code, stderr } = await child.output();
  return { code, err: new TextDecoder().decode(stderr) };
}

Deno.test("the toy system stands in under 60 lines", () => {
  const lines = Deno.readTextFileSync(new URL("toy_system.ts", import.meta.url)).trimEnd().split("\n");
  assert(lines.length < 60, `${lines.length} lines`);
});

Deno.test("a system of three networks trains as a run, is killed, and is resumed to the same bits", () =>
  withFolder(async (root) => {
    await prepareSet("clipart", { options: { stories: 12, seed: 1 }, root: `${root}/data` });
    const whole = await ended(start(root, "train", "whole"));
    assertEquals(whole.code, 0, whole.err);
    const digests = (name: string) => readJson<Record<string, string>>(`${root}/runs/${name}/digests.json`);
    assertEquals(Object.keys(digests("0002-whole")), ["4", "8", "12"]);

    const killed = start(root, "train", "killed", "kill"); // itself at step 7, by SIGKILL
    await ended(killed);
    const folder = `${root}/runs/0003-killed`;
    assertEquals([readJson<{ state: string }>(`${folder}/status.json`).state, Object.keys(digests("0003-killed"))], [
      "running",
      ["4"],
    ]);
    const resumed = await ended(start(root, "resume", folder));
    assertEquals(resumed.code, 0, resumed.err);
    assertEquals(digests("0003-killed"), digests("0002-whole"));
    const lines = (name: string) => Deno.readTextFileSync(`${root}/runs/${name}/metrics.jsonl`);
    assertEquals(lines("0003-killed"), lines("0002-whole"));
    const numbers = Object.keys(JSON.parse(lines("0002-whole").split("\n")[0]!));
    for (const name of ["story", "frame", "generator"]) {
      assert([`loss.${name}`, `gradient.${name}`].every((key) => numbers.includes(key)), name);
    }
  }));

Deno.test("a key of another system is refused with the system that it belongs to", () => {
  registerSystem(toy);
  const refused = (overrides: string[], message: string) =>
    assertThrows(() => resolveConfig("tiny", overrides), UserError, message);
  refused(["system=toy", "model.db.g=both"], `"model.db.g" belongs to the system "${defaultSystem}"`);
  refused(["model.start=1"], 'belongs to the system "toy", and this run\'s system is');
  refused(["system=toy", "model.strat=1"], 'the nearest known key is "model.start"');
  assertThrows(() => registerSystem(toy), UserError, 'There is a system "toy" already');
});
