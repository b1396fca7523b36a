import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { taskProcess } from "../../../src/base/tasks.ts";
import type { Diagnosis } from "../../../src/cli/machine/doctor.ts";
import { pluginVariable } from "../../../src/engine/install.ts";
import { runningStatus, writeStatus } from "../../../src/records/status.ts";

const rows = { data: "data clipart", models: "models" };

/** Runs doctor with these environment variables; its data and runs are in `root`. */
async function doctor(root: string, args: string[], env: Record<string, string> = {}): Promise<string> {
  const task = taskProcess("doctor", args);
  const { code, stdout } = await new Deno.Command(Deno.execPath(), {
    args: task.args,
    env: { ...task.env, STORYLOOM_DATA: join(root, "data"), STORYLOOM_RUNS: join(root, "runs"), NO_COLOR: "1", ...env },
    stderr: "inherit",
  }).output();
  assertEquals(code, 0);
  return new TextDecoder().decode(stdout);
}

async function withRoot(use: (root: string) => Promise<void>): Promise<void> {
  const root = await Deno.makeTempDir();
  try {
    await use(root);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

Deno.test("doctor names the command for each missing thing, and continues if a plugin does not load", async () => {
  await withRoot(async (root) => {
    const plugin = join(root, "plugin.so");
    Deno.writeTextFileSync(plugin, "no library");
    const { findings } = JSON.parse(await doctor(root, ["--json"], { [pluginVariable]: plugin })) as Diagnosis;
    const finding = (what: string) => findings.find((each) => each.what === what)!;
    assertEquals(finding("engine wasm").ok, true);
    assertEquals(finding("engine cpu").ok, true);
    const tensorflow = finding("engine tensorflow");
    assertEquals(tensorflow.command, tensorflow.ok ? undefined : "deno task setup --engine tensorflow");
    const { ok, found, command } = finding("engine xla");
    assertEquals([ok, command], [false, `unset ${pluginVariable}`]);
    assertStringIncludes(found, plugin);
    assertEquals(finding(rows.data), {
      what: rows.data,
      ok: false,
      found: "not prepared",
      command: "deno task prepare clipart",
    });
    assertEquals(finding(rows.models).command, "deno task train");
    assertEquals(finding("published weights"), {
      what: "published weights",
      ok: false,
      found: "none",
      command: "deno task fetch weights",
    });
    const lab = finding("JupyterLab");
    assertEquals(lab.command, lab.ok ? undefined : "deno task jupyter");
    assert(finding("disk").found.includes("GB"));
  });
});

Deno.test("doctor lists runs that have weights, skips a damaged one, and names a damaged data set", async () => {
  await withRoot(async (root) => {
    for (const name of ["0001-damsm-tiny-clipart", "0002-ours-tiny-clipart", "0003-ours-tiny-clipart"]) {
      Deno.mkdirSync(join(root, "runs", name, "checkpoints"), { recursive: true });
    }
    const runs = join(root, "runs");
    writeStatus(join(runs, "0001-damsm-tiny-clipart"), { ...runningStatus("damsm", 9, 9), state: "finished" });
    writeStatus(join(runs, "0002-ours-tiny-clipart"), { ...runningStatus("gan", 3, 9), state: "interrupted" });
    for (const name of ["0001-damsm-tiny-clipart", "0002-ours-tiny-clipart"]) {
      Deno.writeTextFileSync(join(runs, name, "checkpoints", "last.safetensors"), "");
    }
    Deno.mkdirSync(join(root, "data", "clipart", "prepared"), { recursive: true });
    Deno.writeTextFileSync(join(root, "data", "clipart", "prepared", "manifest.json"), "{}");
    const text = await doctor(root, []);
    assertStringIncludes(text, "0001-damsm-tiny-clipart ");
    assertStringIncludes(text, "0002-ours-tiny-clipart (interrupted at step 3 of 9)");
    assertEquals(text.includes("0003"), false);
    assertStringIncludes(text, "manifest.json");
    assertStringIncludes(text, "engine=auto");
  });
});
