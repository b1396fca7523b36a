/**
 * TensorFlow for tfjs-node: the shared libraries and headers of the current wheel from PyPI, and tfjs-node's own
 * binding (a Node-API addon of two C++ files) compiled against them. The npm package itself would download a library of
 * 2022.
 *
 * Everything is written to `.engine/`; the npm packages are only read.
 */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { projectRoot } from "../../base/files.ts";
import { findGpu } from "./gpu.ts";
import {
  type InstallOptions,
  output,
  requirement,
  requirementsPath,
  unpackWheels,
  whatPythonLacks,
  type Wheels,
} from "./pip.ts";

/** A TensorFlow on this machine. */
export interface Tensorflow {
  /** The compiled addon. */
  addon: string;
  version: string;
}

/** Outcome of the installation of TensorFlow; `reason` is a sentence for the user. */
export type TensorflowInstallation =
  | { status: "present" | "installed"; tensorflow: Tensorflow }
  | { status: "skipped" | "failed"; reason: string };

const library = "libtensorflow_cc.so.2";
/** The editions; the one for CUDA includes NVIDIA's libraries. */
const editions = {
  cuda: wheels("tensorflow-cuda.txt", 10e9),
  cpu: wheels("tensorflow-cpu.txt", 1.52e9),
};
const addonName = "tfjs_binding.node";

function wheels(requirements: string, bytes: number): Wheels {
  return { requirements, file: join("tensorflow", library), bytes, finish: buildAddon };
}

/** The edition for this machine. */
const suitable = () => editions[findGpu() ? "cuda" : "cpu"];

/** Bytes that {@link installTensorflow} needs on the disk of this machine. */
export const tensorflowSize = () => suitable().bytes;

/** The installed TensorFlow: for CUDA where it is installed and there is an NVIDIA GPU, otherwise for CPUs. */
export function findTensorflow(root: string = projectRoot): Tensorflow | undefined {
  for (const edition of findGpu() ? [editions.cuda, editions.cpu] : [editions.cpu]) {
    if (!existsSync(requirementsPath(edition.requirements, root))) continue;
    const { folder, name, version } = requirement(edition.requirements, root);
    const addon = join(folder, addonName);
    if (existsSync(addon)) return { addon, version: `${name} ${version}` };
  }
}

/**
 * Installs TensorFlow unless it is installed already. If the machine lacks something, the result contains the reason.
 */
export async function installTensorflow(options: InstallOptions = {}): Promise<TensorflowInstallation> {
  const { force = false, root = projectRoot, platform = Deno.build } = options;
  const present = findTensorflow(root);
  if (present && !force) return { status: "present", tensorflow: present };
  const lacking = unsupported(platform) ?? await whatPythonLacks("TensorFlow") ?? await whatCompilerLacks();
  if (lacking) return { status: "skipped", reason: lacking };
  const reason = await unpackWheels(suitable(), options);
  return reason ? { status: "failed", reason } : { status: "installed", tensorflow: findTensorflow(root)! };
}

function unsupported({ os, arch }: { os: string; arch: string }): string | undefined {
  if (os === "linux" && arch === "x86_64") return undefined;
  return `The tensorflow engine is for linux x86_64 only, and this is ${os} ${arch}.`;
}

async function whatCompilerLacks(): Promise<string | undefined> {
  if ((await output("g++", ["--version"]))?.code === 0) return undefined;
  return "There is no g++ on the PATH, which is needed to compile TensorFlow's binding (Debian: apt-get install g++).";
}

/**
 * Compiles the addon into a folder of unpacked wheels and tests that it loads. It finds the libraries relative to
 * itself, so that the folder can be moved. Returns why it failed, as a sentence; undefined on success.
 */
async function buildAddon(folder: string): Promise<string | undefined> {
  const [sources, headers] = [packageFolder("@tensorflow/tfjs-node-gpu"), packageFolder("node-api-headers")];
  const tensorflow = join(folder, "tensorflow");
  const addon = join(folder, addonName);
  const result = await output("g++", [
    ...["-O2", "-std=c++17", "-shared", "-fPIC", "-DNAPI_VERSION=8", "-w"],
    ...["-isystem", join(headers, "include"), "-isystem", join(tensorflow, "include")],
    ...["tfjs_backend.cc", "tfjs_binding.cc"].map((name) => join(sources, "binding", name)),
    ...["-o", addon, `-L${tensorflow}`, `-l:${library}`, "-l:libtensorflow_framework.so.2"],
    "-Wl,-rpath,$ORIGIN/tensorflow",
  ]);
  if (result?.code !== 0) {
    const lines = (result?.error ?? "g++ did not start").trim().split("\n");
    return `g++ could not compile TensorFlow's binding: ${
      lines.find((line) => line.includes("error")) ?? lines.at(-1)
    }.`;
  }
  const loading = await output(Deno.execPath(), ["eval", `require(${JSON.stringify(addon)})`, "--ext=cjs"], quiet);
  if (loading?.code !== 0) return `TensorFlow's binding does not load: ${loading?.error.trim().split("\n")[0]}.`;
}

/** TensorFlow prints errors only, and Deno prints without colours. */
const quiet = { TF_CPP_MIN_LOG_LEVEL: "2", NO_COLOR: "1" };

/** Folder of an npm package. */
function packageFolder(name: string): string {
  return dirname(fileURLToPath(import.meta.resolve(`${name}/package.json`)));
}
