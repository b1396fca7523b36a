/**
 * What the notebooks show and how they are steered: plots, tables and pictures in a cell, the live view of a run with
 * its stop, and the parameters that `deno task notebooks` hands in. Outside Jupyter everything goes to the console.
 */
export { showHtml, showPlot, showPng, showTable } from "./show.ts";
export { type LiveRun, liveRun } from "./live.ts";
export { parameters, parametersVariable, quick, settings } from "./parameters.ts";
export { type Notebook, openNotebook } from "./open.ts";
