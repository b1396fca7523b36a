/** JupyterLab in a browser: the server, Chromium without a window, and the buttons and menus that the test clicks. */
import { join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { projectRoot } from "../../src/base/files.ts";
import { ensureJupyter } from "../../src/cli/jupyter/environment.ts";

const timeout = 300_000; // ms; the first run compiles

/** The Chromium of this machine; undefined where there is none. */
export function findChromium(): string | undefined {
  const folders = (Deno.env.get("PATH") ?? "").split(":");
  const paths = ["chromium", "chromium-browser", "google-chrome"].flatMap((name) =>
    folders.map((at) => join(at, name))
  );
  return paths.find((path) => {
    try {
      return Deno.statSync(path).isFile;
    } catch {
      return false;
    }
  });
}

/** JupyterLab in a browser; `close` ends both. */
export interface Lab {
  open(name: string): Promise<OpenNotebook>;
  close(): Promise<void>;
}

/**
 * Starts JupyterLab on a folder of notebooks, as `deno task jupyter` does, and a browser.
 *
 * @param env further environment of the kernels
 */
export async function openLab(folder: string, env: Record<string, string>): Promise<Lab> {
  const jupyter = await ensureJupyter(console.error);
  const port = freePort();
  const settings = await Deno.makeTempDir();
  await writeSettings(settings);
  const server = new Deno.Command(jupyter.python, {
    args: [
      ...["-m", "jupyterlab", "--no-browser", "--allow-root", `--port=${port}`, "--ServerApp.port_retries=0"],
      ...[`--notebook-dir=${folder}`, "--IdentityProvider.token=", "--ServerApp.log_level=ERROR"],
    ],
    env: { ...jupyter.env, ...env, JUPYTERLAB_SETTINGS_DIR: settings },
    cwd: projectRoot,
    ...{ stdin: "null", stdout: "null", stderr: "inherit" },
  }).spawn();
  let browser: Browser | undefined;
  const close = async () => {
    await browser?.close();
    server.kill("SIGTERM"); // it ends its kernels
    await server.status;
    await Deno.remove(settings, { recursive: true });
  };
  try {
    await answer(`http://127.0.0.1:${port}/api`);
    const executablePath = findChromium();
    browser = await chromium.launch({ ...(executablePath ? { executablePath } : {}), args: ["--no-sandbox"] });
    const page = await browser.newPage({ viewport: { width: 1280, height: 1600 } });
    page.setDefaultTimeout(timeout);
    return {
      async open(name) {
        await page.goto(`http://127.0.0.1:${port}/lab/tree/${name}.ipynb?reset`);
        await page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-CodeCell").first().waitFor();
        await page.getByText("Storyloom (Deno) | Idle").waitFor(); // earlier, running a cell opens a dialog about the kernel
        return openNotebook(page);
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** A notebook in the browser. Cells are code cells, counted from 0. */
export interface OpenNotebook {
  runAll(): Promise<void>;
  /** Presses the stop button of the toolbar. */
  stop(): Promise<void>;
  /** Writes code into a new cell at the end and runs it. */
  runNew(code: string): Promise<void>;
  /** Waits until the output of a cell matches, and returns the match. */
  shows(cell: number, text: RegExp): Promise<string>;
  /** Scrolls to the output of a cell. */
  scrollTo(cell: number): Promise<void>;
  /** Waits until no cell is queued or running. */
  finished(): Promise<void>;
  /** Number of plots and pictures in all outputs. */
  pictures(): Promise<{ plots: number; images: number }>;
  errors(): Promise<string[]>;
  screenshot(path: string): Promise<void>;
}

function openNotebook(page: Page): OpenNotebook {
  const panel = page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)");
  const cells = panel.locator(".jp-CodeCell");
  const waiting = panel.locator(".jp-InputPrompt", { hasText: "[*]" });
  const output = (cell: number) => cells.nth(cell).locator(".jp-OutputArea-output");
  const menu = async (name: string, entry: string) => {
    await page.locator(".lm-MenuBar-itemLabel", { hasText: new RegExp(`^${name}$`) }).click();
    await page.locator(".lm-Menu-itemLabel", { hasText: new RegExp(`^${entry}$`) }).click();
  };
  return {
    async runAll() {
      await menu("Run", "Run All Cells");
      await waiting.first().waitFor();
    },
    stop: () => panel.getByRole("button", { name: /interrupt/i }).first().click(),
    async runNew(code) {
      await cells.last().locator(".cm-content").click();
      await page.keyboard.press("Escape");
      await page.keyboard.press("End"); // selects no text: the last cell is kept
      await page.keyboard.press("b");
      await page.keyboard.press("Enter");
      await page.keyboard.insertText(code);
      await page.keyboard.press("Shift+Enter");
    },
    async shows(cell, text) {
      const found = output(cell).filter({ hasText: text }).first();
      await found.waitFor({ state: "attached" });
      return text.exec(await found.innerText())?.[0] ?? "";
    },
    scrollTo: (cell) => output(cell).first().scrollIntoViewIfNeeded(),
    async finished() {
      await waiting.first().waitFor({ state: "detached" });
    },
    pictures: async () => ({
      plots: await panel.locator(".jp-OutputArea-output .vega-embed").count(),
      images: await panel.locator(".jp-RenderedImage img").count(),
    }),
    errors: () => panel.locator(".jp-OutputArea-output[data-mime-type*=error]").allInnerTexts(),
    async screenshot(path) {
      await page.screenshot({ path });
    },
  };
}

/** Turns off news from the network, and renders all cells: by default only visible ones are in the page. */
async function writeSettings(folder: string): Promise<void> {
  const write = async (plugin: string, name: string, settings: object) => {
    await Deno.mkdir(join(folder, "@jupyterlab", plugin), { recursive: true });
    await Deno.writeTextFile(
      join(folder, "@jupyterlab", plugin, `${name}.jupyterlab-settings`),
      JSON.stringify(settings),
    );
  };
  await write("apputils-extension", "notification", { fetchNews: "false", checkForUpdates: false });
  await write("notebook-extension", "tracker", { windowingMode: "none" });
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

/** Waits until the server answers. */
async function answer(url: string): Promise<void> {
  for (let attempt = 0; attempt < 300; attempt++) {
    try {
      const response = await fetch(url);
      await response.body?.cancel();
      if (response.ok) return;
    } catch {
      // it is still starting
    }
    await new Promise((done) => setTimeout(done, 200));
  }
  throw new Error(`${url} did not answer for a minute`);
}
