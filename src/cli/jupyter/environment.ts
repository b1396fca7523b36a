/**
 * The Python environment that runs notebooks, in `.engine/jupyter`: JupyterLab, nbclient and nbconvert in the versions of
 * `src/engine/install/requirements/jupyter.txt`, and the kernelspec. Jupyter's folders for data, settings and sockets lie
 * in it too, so that nothing outside the project is read or written.
 */
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fail } from "../../base/errors.ts";
import { projectRoot, writeAtomic } from "../../base/files.ts";
import { output, requirementsPath, whatPythonLacks } from "../../engine/install.ts";

const requirements = "jupyter.txt";

/** An installed environment. */
export interface Jupyter {
  /** Path of its Python. */
  python: string;
  /** Environment variables for its programs. */
  env: Record<string, string>;
}

/** `done` is a copy of the requirements file, written when all packages are installed. */
function paths(root: string): { folder: string; python: string; done: string } {
  const folder = join(root, ".engine/jupyter");
  const python = join(folder, Deno.build.os === "windows" ? "Scripts/python.exe" : "bin/python");
  return { folder, python, done: join(folder, `requirements-${requirements}`) };
}

/** Whether the environment is installed, in the required versions. */
export function hasJupyter(root: string = projectRoot): boolean {
  const { python, done } = paths(root);
  if (!existsSync(done) || !existsSync(python)) return false;
  return readFileSync(done, "utf8") === readFileSync(requirementsPath(requirements, root), "utf8");
}

/**
 * Installs the environment unless it is there, and writes the kernelspec.
 *
 * @param log receives one line before something is installed
 * @throws UserError when there is no usable Python or a package cannot be installed.
 */
export async function ensureJupyter(log: (text: string) => void, root: string = projectRoot): Promise<Jupyter> {
  const { folder, python, done } = paths(root);
  if (!hasJupyter(root)) {
    log(`Installing JupyterLab into ${folder} (250 MB), once`);
    const packages = requirementsPath(requirements, root);
    await install(folder, python, packages);
    copyFileSync(packages, done);
  }
  const [data, settings] = [join(folder, "share/jupyter"), join(folder, "settings")];
  mkdirSync(settings, { recursive: true });
  writeKernelspec(join(data, "kernels/storyloom"), root);
  return {
    python,
    env: {
      JUPYTER_DATA_DIR: data,
      JUPYTER_PATH: data,
      JUPYTER_CONFIG_DIR: settings,
      JUPYTER_RUNTIME_DIR: join(folder, "runtime"),
      IPYTHONDIR: join(settings, "ipython"),
    },
  };
}

async function install(folder: string, python: string, requirements: string): Promise<void> {
  const lacking = await whatPythonLacks("JupyterLab");
  if (lacking) fail(`Notebooks cannot be run here. ${lacking} Install Python 3.11 or newer with pip and venv.`);
  rmSync(folder, { recursive: true, force: true });
  const made = await output("python3", ["-m", "venv", folder]);
  if (made?.code !== 0) {
    fail(
      `Notebooks cannot be run here: python3 -m venv made no environment in "${folder}". ` +
        "Install venv for this Python (Debian: apt-get install python3-venv).",
    );
  }
  const args = ["-m", "pip", "install", "--requirement", requirements, "--disable-pip-version-check", "--no-input"];
  const installed = await output(python, [...args, "--quiet", "--retries", "2", "--timeout", "15"]);
  if (installed?.code === 0) return;
  const errors = (installed?.error ?? "").split("\n").filter((line) => line.startsWith("ERROR:"));
  fail(
    `JupyterLab could not be installed: ${errors.at(-1)?.slice("ERROR:".length).trim() ?? "pip failed"}. ` +
      `It needs a network and Python 3.11 or newer; the packages are those of ${requirements}.`,
  );
}

/** Fills in the template notebooks/kernel/kernel.json: the Deno that runs this task runs the notebooks. */
function writeKernelspec(folder: string, root: string): void {
  const template = readFileSync(join(root, "notebooks/kernel/kernel.json"), "utf8");
  mkdirSync(folder, { recursive: true });
  writeAtomic(join(folder, "kernel.json"), template.replace('"{deno}"', JSON.stringify(Deno.execPath())));
}
