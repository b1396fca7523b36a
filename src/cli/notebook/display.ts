/**
 * Output of a cell in the Jupyter protocol: the same content in several media types, of which each viewer shows the
 * richest one that it supports.
 *
 * Changing content is updated in place by its display id, not by a carriage return: the Deno kernel does not forward what
 * is written to standard output, and a saved notebook keeps only the last state.
 */

/** One output by media type; `text/plain` is for viewers without the others, and for a console. */
export type Bundle = { "text/plain": string } & Record<string, unknown>;

/** The part of `Deno.jupyter` that is used here. */
interface Kernel {
  broadcast(type: string, content: Record<string, unknown>): Promise<void>;
}

/** The kernel that this code runs in; undefined outside Jupyter, where reading `Deno.jupyter` throws. */
function kernel(): Kernel | undefined {
  try {
    return (Deno as unknown as { jupyter: Kernel }).jupyter;
  } catch {
    return undefined;
  }
}

/** Whether this code runs in a notebook. */
export const inJupyter: boolean = kernel() !== undefined;

/** Shows a bundle below the cell. */
export async function show(data: Bundle): Promise<void> {
  await send("display_data", data, {});
}

async function send(type: string, data: Bundle, transient: Record<string, string>): Promise<void> {
  const here = kernel();
  if (here) await here.broadcast(type, { data, metadata: {}, transient });
  else console.log(data["text/plain"]);
}

/** A place in a cell's output whose content changes. */
export interface Place {
  /** Marks the content as changed; it is rendered now, unless the last rendering was too recent. */
  changed(): void;
  /** Renders changes that were not rendered yet. */
  flush(): Promise<void>;
}

/**
 * Makes a place that appears with its first rendering.
 *
 * @param render returns the current content
 * @param every shortest time between two renderings in ms, so that rendering takes little time from training
 */
export function place(render: () => Bundle | Promise<Bundle>, every: number): Place {
  const transient = { display_id: crypto.randomUUID() };
  let [shown, dirty, last] = [false, false, -Infinity];
  let rendering: Promise<void> | undefined;
  const update = async () => {
    [dirty, last] = [false, performance.now()];
    try {
      const data = await render();
      await send(shown ? "update_display_data" : "display_data", data, transient);
      shown = true;
    } catch (error) {
      console.error(`not shown: ${(error as Error).message}`); // a picture that fails must not end a run
    }
  };
  return {
    changed() {
      dirty = true;
      if (!rendering && performance.now() - last >= every) rendering = update().finally(() => rendering = undefined);
    },
    async flush() {
      await rendering;
      if (dirty) await update();
    },
  };
}
