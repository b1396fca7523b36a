/** The live view of a run in a notebook: progress, a plot of the losses and the sample grid, each updated in place. */
import type { TopLevelSpec } from "vega-lite";
import { projectRoot } from "../../base/files.ts";
import { escapeMarkup } from "../../formats/markup.ts";
import type { Watcher } from "../../records/write.ts";
import { duration } from "../common/progress.ts";
import { type Bundle, type Place, place } from "./display.ts";
import { plotBundle, pngBundle } from "./show.ts";
import { stopSignal } from "./stop.ts";

/** A watcher with a signal for `openWorkplace`; `done` must be awaited at the end, on failure too. */
export interface LiveRun extends Watcher {
  /** Aborts when the stop button is pressed: training then saves and ends as interrupted. */
  signal: AbortSignal;
  /** Shows the last state and releases the stop button. */
  done(): Promise<void>;
}

/** Shortest time between two renderings, in ms. */
const often = { progress: 250, plot: 2000, grid: 1000 };

/** The state of one stage, e.g. "pre-training". */
interface Stage {
  name: string;
  start: number; // ms
  first: number;
  step: number;
  steps: number;
  losses: Loss[];
  bar: Place;
  plot: Place;
}

interface Loss {
  step: number;
  loss: string;
  value: number;
}

/** Shows a run below the cell that trains it; the stop button ends the run. */
export function liveRun(): LiveRun {
  const { signal, release } = stopSignal();
  const places: Place[] = [];
  let stage: Stage | undefined;
  let ended = false;
  let sheet: { step: number; path: string } | undefined;
  const kept = (render: () => Bundle | Promise<Bundle>, every: number) => {
    const made = place(render, every);
    places.push(made);
    return made;
  };
  const grid = kept(
    async () => pngBundle(await Deno.readFile(sheet!.path), `sample grid of step ${sheet!.step}`),
    often.grid,
  );
  const stageOf = (name: string, step = 1, steps = 0): Stage => {
    if (stage?.name === name) return stage;
    const fresh: Stage = {
      ...{ name, start: performance.now(), first: step, step, steps, losses: [] },
      bar: kept(() => barBundle(fresh, ended), often.progress),
      plot: kept(() => plotBundle(lossesSpec(fresh)), often.plot),
    };
    return stage = fresh;
  };
  return {
    signal,
    say: (text) => console.log(text.replaceAll(`${projectRoot}/`, "")), // saved pages contain no path of this machine
    progress(name, step, steps) {
      const at = stageOf(name, step, steps);
      Object.assign(at, { step, steps });
      at.bar.changed();
    },
    numbers(name, step, values) {
      const at = stageOf(name, step);
      const losses = Object.entries(values).filter(([key]) => /^loss\.\w+$/.test(key));
      at.losses.push(...losses.map(([loss, value]) => ({ step, loss, value })));
      if (at.losses.length > 0) at.plot.changed();
    },
    sampled(step, path) {
      sheet = { step, path };
      grid.changed();
    },
    async done() {
      release();
      ended = true;
      stage?.bar.changed();
      for (const each of places) await each.flush();
    },
  };
}

/** Rate and remaining time count only the steps of this session, not those before a resumption. */
function barBundle({ name, start, first, step, steps }: Stage, ended: boolean): Bundle {
  const rate = (step - first) / ((performance.now() - start) / 1000);
  const left = step >= steps
    ? "done"
    : ended
    ? "stopped"
    : rate > 0
    ? `${duration((steps - step) / rate)} left`
    : "starting";
  const text = `${name}: step ${step} of ${steps}, ${left}`;
  return {
    "text/html": `<progress value="${step}" max="${steps}"></progress> ${escapeMarkup(text)}`,
    "text/plain": text,
  };
}

/** The losses of a stage by step, one line for each. */
function lossesSpec({ name, losses }: Stage): TopLevelSpec {
  return {
    title: `Losses of ${name}`,
    width: 480,
    height: 200,
    data: { values: losses },
    mark: { type: "line", point: { size: 16 } },
    encoding: {
      x: { field: "step", type: "quantitative", title: "step", axis: { tickMinStep: 1 } },
      y: { field: "value", type: "quantitative", title: "loss", scale: { zero: false } },
      color: { field: "loss", type: "nominal", title: null },
    },
  };
}
