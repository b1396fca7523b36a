/**
 * Devices beside the CPU, as far as a CPU allows: the real plugin behind a mask that shows GPUs, notes the options it
 * is given and runs out of memory where it is told to.
 */
import { assert, assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { UserError } from "../../../../src/base/errors.ts";
import { findPlugin } from "../../../../src/engine/install.ts";
import {
  defaultSettings,
  type Device,
  type DeviceSettings,
  openDevice,
} from "../../../../src/engine/xla/pjrt/device.ts";
import { openPlugin } from "../../../../src/engine/xla/pjrt/plugin.ts";
import { compileLibrary, compilerIsThere, withEnv } from "../../../fixtures/compile_c.ts";

const plugin = findPlugin();

const ignore = !plugin || !compilerIsThere;
const folder = Deno.makeTempDirSync({ prefix: "storyloom-test-" });
const path = `${folder}/masked.so`;
if (!ignore) await compileLibrary(new URL("../../../fixtures/masked_plugin.c", import.meta.url).pathname, path, "-ldl");
globalThis.addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));

/** Opens the masked plugin; `noted` reads the lines that it has written so far. */
function open(settings: Partial<DeviceSettings> = {}): { device: Device; noted: () => string[] } {
  const device = openDevice(path, { ...defaultSettings, ...settings });
  return { device, noted: () => Deno.readTextFileSync(`${folder}/noted`).trim().split("\n") };
}

/** A test with the masked plugin. */
function masked(name: string, env: Record<string, string | number>, fn: () => void | Promise<void>): void {
  Deno.test({
    name,
    ignore,
    sanitizeResources: false, // plugins stay loaded
    fn: () => {
      Deno.writeTextFileSync(`${folder}/noted`, "");
      return withEnv({ MASK_PLUGIN: plugin!.path, MASK_LOG: `${folder}/noted`, ...env }, fn);
    },
  });
}
/** x + 1 of a scalar, compiled, run and read. */
function addOne(device: Device, read = true): number | undefined {
  const type = { shape: [], element: "f32" } as const;
  const text = `func.func @main(%a0: tensor<f32>) -> (tensor<f32>) {
  %0 = stablehlo.constant dense<1.0> : tensor<f32>
  %1 = stablehlo.add %a0, %0 : tensor<f32>
  return %1 : tensor<f32>
}`;
  const x = device.upload(Float32Array.of(2), { ...type, shape: [] });
  const program = device.compile(text, [{ ...type, shape: [] }]);
  const [y] = device.execute(program, [x]);
  return read ? device.download(y!, { ...type, shape: [] })[0] : undefined;
}

masked("openDevice() shows XLA the chosen GPU alone and names it", { MASK_GPUS: 3 }, () => {
  const { device, noted } = open({ device: "cuda:2", memory: 0.5 });
  assertEquals([device.platform, device.names], ["cuda", ["cuda:2 Test GPU"]]);
  assertEquals(noted()[0], "client visible_devices=[2] memory_fraction=0.5 preallocate=false");
  assertEquals(addOne(device), 3);
  for (const wanted of ["auto", "cuda"]) assertEquals(open({ device: wanted }).device.names, ["cuda:0 Test GPU"]);
});

masked("openDevice() lists the GPUs that are there where one is not", { MASK_GPUS: 2 }, () => {
  const { message } = assertThrows(() => open({ device: "cuda:2" }), UserError);
  assertStringIncludes(message, "no device cuda:2; this machine has cuda:0 (Test GPU), cuda:1 (Test GPU).");
});

masked(
  "openDevice() says so when a plugin for GPUs finds none, or is not the one for the device",
  { MASK_GPUS: 0 },
  async () => {
    const { message } = assertThrows(() => open(), UserError);
    for (const part of ["No visible GPU devices", "nvidia-smi", "CUDA_VISIBLE_DEVICES"]) {
      assertStringIncludes(message, part);
    }
    await withEnv({ MASK_GPUS: 1 }, () => {
      assertThrows(() => open({ device: "cpu" }), UserError, "is for cuda");
    });
    await withEnv({ MASK_GPUS: undefined }, () => {
      assertThrows(() => open({ device: "cuda" }), UserError, "is for cpu");
      assertThrows(() => open({ device: "cpu:1" }), UserError, '"cpu:1"');
      assertThrows(() => open({ device: "gpu" }), UserError, "choose auto, cpu, cuda or cuda:N");
      const { device, noted } = open();
      assertEquals([device.platform, noted().at(-1)], ["cpu", "client"]); // the options of GPUs are taken back
    });
  },
);

masked(
  "openDevice() compiles with the flags of its platform and those of the environment",
  { MASK_GPUS: 1 },
  async () => {
    const hex = (text: string) =>
      [...new TextEncoder().encode(text)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    const flag = hex("xla_gpu_deterministic_ops");
    const { device, noted } = open();
    addOne(device);
    assertStringIncludes(noted().at(-1)!, `${flag}12021001`); // bool_field: true
    device.configure({ precision: "float32", deterministic: false });
    addOne(device);
    assert(!noted().at(-1)!.includes(flag));
    assertEquals(device.flags, {});
    await withEnv({ STORYLOOM_XLA_FLAGS: "xla_backend_optimization_level=1" }, () => {
      const { device, noted } = open();
      assertEquals(device.flags, { xla_gpu_deterministic_ops: true, xla_backend_optimization_level: "1" });
      assertStringIncludes(noted().at(-1)!, `${hex("xla_backend_optimization_level")}12021801`); // int_field: 1
    });
    await withEnv({ STORYLOOM_XLA_FLAGS: "xla_qqq=1" }, () => {
      assertThrows(() => open(), UserError, "does not know the flag xla_qqq");
    });
  },
);

for (const call of ["upload", "compile", "execute", "download"]) {
  masked(`memory that runs out in ${call} is a UserError with what was asked for`, { MASK_GPUS: 1 }, async () => {
    const { device } = open();
    await withEnv({ MASK_FAIL: call }, () => {
      const { message } = assertThrows(() => addOne(device), UserError);
      for (const part of ["The GPU has not enough memory", "34.36 GB", "train.batch", "last checkpoint"]) {
        assertStringIncludes(message, part);
      }
    });
    assertEquals(addOne(device), 3); // the device is as usable as before
  });
}

masked(
  "a program that fails while nobody waits for it is found out by whoever reads its results",
  { MASK_GPUS: 1 },
  async () => {
    const { device } = open();
    await withEnv({ MASK_FAIL: "download" }, async () => {
      addOne(device, false);
      const type = { shape: [1], element: "f32" } as const;
      const buffer = device.upload(Float32Array.of(1), { ...type, shape: [1] });
      await assertRejects(() => device.downloadAsync(buffer, { ...type, shape: [1] }), UserError, "34.36 GB");
    });
  },
);

masked("openPlugin() refuses an older API version and takes a newer one", { MASK_MINOR: 80 }, async () => {
  const { message } = assertThrows(() => openPlugin(path), UserError);
  for (const part of [path, "PJRT API 0.80", "0.81 or a later", "deno task setup"]) assertStringIncludes(message, part);
  await withEnv({ MASK_MINOR: 300 }, () => assertEquals(openPlugin(path).version, { major: 0, minor: 300 }));
});
