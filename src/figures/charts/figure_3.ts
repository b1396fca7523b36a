/** Figure 3: the paper's qualitative comparison on Abstract Scenes. */
import type { Figure } from "../figure.ts";
import { qualitative } from "./qualitative.ts";

export const figure3: Figure = {
  name: "figure-3",
  title: "Another story by each system (paper: Abstract Scenes)",
  needs: "inspected runs (deno task inspect)",
  // Another story than figure 2's, for the two may have to share a data set.
  make: (input) => qualitative(input, { figure: "Figure 3", data: "abstract" }, 1),
};
