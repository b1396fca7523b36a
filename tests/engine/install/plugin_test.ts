/** Installing the plugin, with a stand-in for python3, so that every way to fail is at hand and no network is used. */
import { assert, assertEquals, assertGreater, assertStringIncludes, assertThrows } from "@std/assert";
import { join } from "node:path";
import { UserError } from "../../../src/base/errors.ts";
import {
  findPlugin,
  installPlugin,
  plugins,
  pluginVariable,
  requirementsPath,
  suitable,
  unsupported,
} from "../../../src/engine/install.ts";
import { enginesIn, linux, python, withPython, writeRequirements } from "./python.ts";

const library = ".engine/some-plugin-1.2/lammps_jax_pjrt_cpu/pjrt_c_api_cpu_plugin.so";

const works =
  'mkdir -p "$target/lammps_jax_pjrt_cpu"; echo new > "$target/lammps_jax_pjrt_cpu/pjrt_c_api_cpu_plugin.so"';
const ignore = Deno.build.os === "windows"; // the stand-in is a shell script

function test(name: string, script: string | undefined, use: (root: string) => Promise<void>): void {
  Deno.test({ name, ignore, fn: () => withPython(script, use) });
}

test(
  "installPlugin() installs into the project once, pinned by digest, and reports progress",
  python(works),
  async (root) => {
    assertEquals(findPlugin("cpu", root), undefined);
    const shares: number[] = [];
    const first = await installPlugin({
      root,
      name: "cpu",
      platform: linux,
      onProgress: (share) => shares.push(share),
    });
    const plugin = { kind: "cpu" as const, path: join(root, library), version: "some-plugin 1.2", libraries: [] };
    assertEquals(first, { status: "installed", plugin });
    assertEquals(findPlugin("cpu", root), plugin);
    assertEquals(shares.at(-1), 1);
    assertEquals(enginesIn(root), ["some-plugin-1.2"]); // no work folder is left
    const calls = () => Deno.readTextFileSync(join(root, "bin", "calls")).trim().split("\n");
    for (
      const option of [
        "--require-hashes",
        "--no-deps",
        "--only-binary=:all:",
        `--requirement ${requirementsPath("xla-cpu.txt", root)}`,
      ]
    ) {
      assertStringIncludes(calls().at(-1)!, option);
    }
    const before = calls().length;
    assertEquals(await installPlugin({ root, name: "cpu", platform: linux }), { status: "present", plugin });
    assertEquals(calls().length, before); // the second time nothing runs
  },
);

test("installPlugin() replaces the plugin when forced", python(works), async (root) => {
  await installPlugin({ root, name: "cpu", platform: linux });
  Deno.writeTextFileSync(join(root, library), "damaged");
  assertEquals((await installPlugin({ root, name: "cpu", platform: linux, force: true })).status, "installed");
  assertEquals(Deno.readTextFileSync(join(root, library)), "new\n");
  assertEquals(enginesIn(root), ["some-plugin-1.2"]);
});

/** Installs where that must fail; returns the reason, having seen that nothing was left or lost. */
async function reasonOf(root: string, status: "skipped" | "failed"): Promise<string> {
  const result = await installPlugin({ root, name: "cpu", platform: linux });
  assert("reason" in result);
  assertEquals(result.status, status);
  assertEquals(enginesIn(root), []);
  return result.reason;
}

test("installPlugin() skips where there is no python3", undefined, async (root) => {
  assertStringIncludes(await reasonOf(root, "skipped"), "no python3");
});

test("installPlugin() skips where python3 is too old", "#!/bin/sh\necho False\n", async (root) => {
  assertStringIncludes(await reasonOf(root, "skipped"), "older than 3.8");
});

const noPip = '#!/bin/sh\ncase "$*" in *pip*) exit 1 ;; *) echo True ;; esac\n';
test("installPlugin() skips where python3 has no pip", noPip, async (root) => {
  assertStringIncludes(await reasonOf(root, "skipped"), "has no pip");
});

const offline = python(`echo "WARNING: Retrying after connection broken by 'NewConnectionError'" >&2
    echo "ERROR: No matching distribution found" >&2; exit 1`);
test("installPlugin() asks for the network when pip reaches nothing", offline, async (root) => {
  const reason = "pip could not install some-plugin 1.2: the package index did not answer; is there a network?";
  assertEquals(await reasonOf(root, "failed"), reason);
});

const otherFile = python('echo "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES" >&2; exit 1');
test("installPlugin() tells pip's own error, e.g. when the digest is another one", otherFile, async (root) => {
  assertEquals(
    await reasonOf(root, "failed"),
    "pip could not install some-plugin 1.2: THESE PACKAGES DO NOT MATCH THE HASHES.",
  );
});

test("installPlugin() fails when the wheel holds another file", python('mkdir -p "$target/other"'), async (root) => {
  assertStringIncludes(await reasonOf(root, "failed"), "does not contain");
});

test("installPlugin() keeps the former plugin when a forced installation fails", offline, async (root) => {
  Deno.mkdirSync(join(root, library, ".."), { recursive: true });
  Deno.writeTextFileSync(join(root, library), "former");
  assertEquals((await installPlugin({ root, name: "cpu", platform: linux, force: true })).status, "failed");
  assertEquals(Deno.readTextFileSync(join(root, library)), "former");
});

test("installPlugin() skips on other platforms and names them", python(works), async (root) => {
  const result = await installPlugin({ root, name: "cpu", platform: { os: "darwin", arch: "aarch64" } });
  assert("reason" in result);
  assertEquals(result.status, "skipped");
  for (const word of ["linux x86_64 only", "darwin aarch64"]) assertStringIncludes(result.reason, word);
  assertEquals(unsupported(linux), undefined);
});

test(
  "installPlugin() removes the work folders of killed installations, not those at work",
  python(works),
  async (root) => {
    for (const name of ["install-1.tmp", "install-2.tmp"]) {
      Deno.mkdirSync(join(root, ".engine", name), {
        recursive: true,
      });
    }
    const yesterday = new Date(Date.now() - 86_400_000);
    Deno.utimeSync(join(root, ".engine", "install-1.tmp"), yesterday, yesterday);
    await installPlugin({ root, name: "cpu", platform: linux });
    assertEquals(enginesIn(root).sort(), ["install-2.tmp", "some-plugin-1.2"]);
  },
);

test("findPlugin() takes the file that the environment names, and refuses one that is not there", undefined, (root) => {
  const path = join(root, "own.so");
  Deno.env.set(pluginVariable, path);
  try {
    assertThrows(() => findPlugin("cpu", root), UserError, path);
    Deno.writeTextFileSync(path, "");
    assertEquals(findPlugin("cpu", root)?.path, path);
  } finally {
    Deno.env.delete(pluginVariable);
  }
  return Promise.resolve();
});

test("findPlugin() refuses a requirements file that pins nothing", undefined, (root) => {
  writeRequirements(root, "xla-cpu.txt", "some-plugin>=1\n");
  assertThrows(() => findPlugin("cpu", root), UserError, "pins no package");
  return Promise.resolve();
});

test(
  "installPlugin() installs the plugin for CUDA beside that for CPUs, with the folders of its libraries",
  undefined,
  async (root) => {
    writeRequirements(
      root,
      "xla-cuda13.txt",
      "some-cuda==2.0 --hash=sha256:00\nnvidia-x==1 --hash=sha256:00\n",
    );
    const target = join(root, ".engine", "some-cuda-2.0");
    const path = join(target, plugins.cuda13.file);
    for (
      const folder of [
        join(path, ".."),
        join(target, "nvidia/cudnn/lib"),
        join(target, "nvidia/cu13/lib"),
        join(target, "nvidia/cu13/bin"),
      ]
    ) {
      Deno.mkdirSync(folder, { recursive: true });
    }
    Deno.writeTextFileSync(path, "");
    const libraries = ["cu13", "cudnn"].map((name) => join(target, "nvidia", name, "lib"));
    const plugin = { kind: "cuda" as const, path, version: "some-cuda 2.0", libraries };
    assertEquals(findPlugin("cuda", root), plugin);
    assertEquals(findPlugin("cpu", root), undefined);
    assertEquals(await installPlugin({ root, name: "cuda13", platform: linux }), { status: "present", plugin });
  },
);

Deno.test("suitable() takes the plugin that the GPU's driver serves", () => {
  assertEquals(suitable(undefined), "cpu");
  assertEquals(suitable({ driver: "580.1", cuda: 13 }), "cuda13");
  assertEquals(suitable({ driver: "550.1", cuda: 12 }), "cuda12");
});

Deno.test("the requirements files pin every wheel by version and digest", () => {
  for (const name of ["xla-cpu", "xla-cuda13", "xla-cuda12", "tensorflow-cpu", "tensorflow-cuda"]) {
    const text = Deno.readTextFileSync(requirementsPath(`${name}.txt`));
    const lines = text.split("\n").filter((line) => line && !line.startsWith("#"));
    assertGreater(lines.length, 0);
    for (const line of lines) assert(/^[\w-]+==[\d.]+ --hash=sha256:[0-9a-f]{64}$/.test(line), line);
  }
});
