import { assertEquals } from "@std/assert";
import { join } from "node:path";
import { findGpu } from "../../../src/engine/install.ts";

const nvrm = (version: string) =>
  `NVRM version: NVIDIA UNIX x86_64 Kernel Module  ${version}  Thu May 1 2025\nGCC version: gcc 12.2.0\n`;

/** A machine's /proc and /dev, as far as NVIDIA's driver shows there. */
async function withSystem(driver: string | undefined, devices: string[], use: (system: string) => void): Promise<void> {
  const system = await Deno.makeTempDir();
  try {
    Deno.mkdirSync(join(system, "proc/driver/nvidia"), { recursive: true });
    Deno.mkdirSync(join(system, "dev"));
    if (driver) Deno.writeTextFileSync(join(system, "proc/driver/nvidia/version"), nvrm(driver));
    for (const name of devices) Deno.writeTextFileSync(join(system, "dev", name), "");
    use(system);
  } finally {
    await Deno.remove(system, { recursive: true });
  }
}

Deno.test("findGpu() reads the driver's version, which decides between CUDA 12 and 13", async () => {
  for (const [driver, cuda] of [["525.60.13", 12], ["575.51.03", 12], ["580.82.07", 13], ["610.1", 13]] as const) {
    await withSystem(
      driver,
      ["null", "nvidia0", "nvidiactl"],
      (system) => assertEquals(findGpu(system), { driver, cuda }),
    );
  }
});

Deno.test("findGpu() reads the line of the open kernel modules too", async () => {
  await withSystem(
    "for x86_64  590.44.01",
    ["nvidia1"],
    (system) => assertEquals(findGpu(system)?.driver, "590.44.01"),
  );
});

Deno.test("findGpu() finds none without a driver, with one too old, or without a device to open", async () => {
  await withSystem(undefined, ["nvidia0"], (system) => assertEquals(findGpu(system), undefined));
  await withSystem("470.256.02", ["nvidia0"], (system) => assertEquals(findGpu(system), undefined));
  await withSystem("580.82.07", ["nvidiactl", "nvidia-uvm"], (system) => assertEquals(findGpu(system), undefined));
  assertEquals(findGpu("/nowhere"), undefined);
});
