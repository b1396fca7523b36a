/** Figure 2: the paper's qualitative comparison on Pororo-SV. */
import type { Figure } from "../figure.ts";
import { qualitative } from "./qualitative.ts";

export const figure2: Figure = {
  name: "figure-2",
  title: "A story by each system (paper: Pororo-SV)",
  sources: "inspected runs (deno task inspect)",
  make: (input) => qualitative(input, { figure: "Figure 2", data: "pororo" }, 0),
};
