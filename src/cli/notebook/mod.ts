/**
 * What the cells of notebooks import: plots, tables and pictures as output, the live view of a run with its stop button,
 * and the parameters of `deno task notebooks --set`. Outside Jupyter, output is written to the console.
 */
export { showHtml, showPlot, showPng, showTable } from "./show.ts";
export { type LiveRun, liveRun } from "./live.ts";
export { parameters, parametersVariable, quick, settings } from "./parameters.ts";
export { type Notebook, openNotebook } from "./open.ts";
