/** Installing TensorFlow with stand-ins for python3 and g++: no wheel, no compiler. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { findTensorflow, installTensorflow } from "../../../src/engine/install.ts";
import { enginesIn, linux, python, withPython } from "./python.ts";

const ignore = Deno.build.os === "windows"; // the stand-ins are shell scripts
const wheel = python('mkdir -p "$target/tensorflow"; echo > "$target/tensorflow/libtensorflow_cc.so.2"');

/** A g++ that writes `addon` where it was told to; it notes what it was called with. */
const compiler = (addon: string) =>
  `#!/bin/sh
echo "$*" >> "$(dirname "$0")/compiled"
[ "$1" = --version ] && exit 0
while [ "$1" != -o ]; do shift; done
${addon}
`;

function test(name: string, gxx: string | undefined, use: (root: string) => Promise<void>): void {
  Deno.test({ name, ignore, fn: () => withPython(wheel, use, gxx ? { "g++": gxx } : {}) });
}

async function reasonOf(root: string, status: "skipped" | "failed", platform = linux): Promise<string> {
  const result = await installTensorflow({ root, platform });
  assert("reason" in result);
  assertEquals([result.status, enginesIn(root), findTensorflow(root)], [status, [], undefined]);
  return result.reason;
}

test("installTensorflow() skips where there is no compiler, and says how to get one", undefined, async (root) => {
  const reason = await reasonOf(root, "skipped");
  for (const word of ["no g++", "apt-get install g++"]) assertStringIncludes(reason, word);
});

const broken = compiler('echo "napi.h: some note" >&2; echo "x.cc:1: error: no member TF_Tensor" >&2; exit 1');
test("installTensorflow() tells the compiler's first error and leaves nothing", broken, async (root) => {
  assertStringIncludes(await reasonOf(root, "failed"), "error: no member TF_Tensor");
});

test("installTensorflow() fails when what was compiled does not load", compiler('echo text > "$2"'), async (root) => {
  assertStringIncludes(await reasonOf(root, "failed"), "does not load");
  const call = Deno.readTextFileSync(join(root, "bin", "compiled")).trim().split("\n").at(-1)!;
  for (const part of ["-std=c++17", "-DNAPI_VERSION=8", "/include", "tfjs_binding.cc", "-l:libtensorflow_cc.so.2"]) {
    assertStringIncludes(call, part);
  }
});

test("installTensorflow() is for linux x86_64", undefined, async (root) => {
  assertStringIncludes(await reasonOf(root, "skipped", { os: "darwin", arch: "aarch64" }), "darwin aarch64");
});

test("installTensorflow() leaves a TensorFlow that is there alone", undefined, async (root) => {
  const folder = join(root, ".engine", "some-flow-3.4");
  Deno.mkdirSync(folder, { recursive: true });
  Deno.writeTextFileSync(join(folder, "tfjs_binding.node"), "");
  const tensorflow = { addon: join(folder, "tfjs_binding.node"), version: "some-flow 3.4" };
  assertEquals(await installTensorflow({ root, platform: linux }), { status: "present", tensorflow });
});
