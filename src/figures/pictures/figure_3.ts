/** Figure 3: the paper's qualitative comparison on Abstract Scenes. */
import type { Figure } from "../figure.ts";
import { qualitative } from "./qualitative.ts";

export const figure3: Figure = {
  name: "figure-3",
  title: "Another story by each system (paper: Abstract Scenes)",
  sources: "inspected runs (deno task inspect)",
  // Not the story of figure 2, since both figures may have to use the same data set.
  make: (input) => qualitative(input, { figure: "Figure 3", data: "abstract" }, 1),
};
