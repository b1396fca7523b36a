/**
 * Output of a cell, as the Jupyter protocol has it: one thing in several media types, of which each viewer takes the
 * best that it can show.
 *
 * What changes is updated in place by its display id, never by a carriage return: the Deno kernel passes on nothing that
 * is written to standard output, and a saved notebook keeps the last state only.
 */

/** One output by media type; `text/plain` is for viewers that show nothing else, and for a plain console. */
export type Bundle = { "text/plain": string } & Record<string, unknown>;

/** What we use of `Deno.jupyter`. */
interface Kernel {
  broadcast(type: string, content: Record<string, unknown>): Promise<void>;
}

/** The kernel that this code runs in; undefined outside Jupyter, where asking for it throws. */
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
  /** Says that there is something new; it is drawn soon, unless the last drawing was too short ago. */
  changed(): void;
  /** Draws what is new and was not drawn yet. */
  flush(): Promise<void>;
}

/**
 * Makes a place that appears with its first drawing.
 *
 * @param render what is to be seen now
 * @param every shortest time between two drawings in ms, so that drawing costs training little
 */
export function place(render: () => Bundle | Promise<Bundle>, every: number): Place {
  const transient = { display_id: crypto.randomUUID() };
  let [shown, dirty, last] = [false, false, -Infinity];
  let drawing: Promise<void> | undefined;
  const draw = async () => {
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
      if (!drawing && performance.now() - last >= every) drawing = draw().finally(() => drawing = undefined);
    },
    async flush() {
      await drawing;
      if (dirty) await draw();
    },
  };
}
