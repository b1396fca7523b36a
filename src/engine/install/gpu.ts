/** Finds an NVIDIA GPU and the CUDA generation that its driver supports, without loading a library of the driver. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** An NVIDIA driver with at least one GPU. */
export interface Gpu {
  /** The driver's version, e.g. "580.82.07". */
  driver: string;
  /** The CUDA generation to install for it. */
  cuda: 12 | 13;
}

/** Major version of the oldest driver for each CUDA generation, from NVIDIA's CUDA compatibility table. */
const oldestDriver = { 12: 525, 13: 580 } as const;

/**
 * The NVIDIA GPU of this machine; undefined where there is none, where its driver is too old for both generations of
 * CUDA, or where the driver provides no GPU to this process, as in a container.
 *
 * @param system Root of the file system; tests use a folder of their own.
 */
export function findGpu(system = "/"): Gpu | undefined {
  const version = join(system, "proc/driver/nvidia/version"); // "NVRM version: NVIDIA UNIX … Kernel Module  580.82.07 …"
  if (!existsSync(version) || !hasDevice(system)) return undefined;
  const driver = / (\d+\.\d+(?:\.\d+)?) /.exec(readFileSync(version, "utf8"))?.[1];
  const major = Number.parseInt(driver ?? "", 10);
  if (!driver || !(major >= oldestDriver[12])) return undefined;
  return { driver, cuda: major >= oldestDriver[13] ? 13 : 12 };
}

/** Whether this process may open a GPU: /dev/nvidia0 and so on. The driver of WSL has other names and is not found. */
function hasDevice(system: string): boolean {
  const dev = join(system, "dev");
  return existsSync(dev) && readdirSync(dev).some((name) => /^nvidia\d+$/.test(name));
}
