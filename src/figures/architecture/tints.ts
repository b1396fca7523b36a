/** The colours of figure 1. */
import { palette } from "../render/theme.ts";

/** Fill, line and shade of each kind of part. */
export const tints = {
  generator: { fill: "#DCEBF7", stroke: palette.blue, side: "#B4D2EA" },
  discriminator: { fill: "#D9F0E8", stroke: "#00785A", side: "#AFDDCB" },
  text: { fill: "#FBE6D4", stroke: palette.vermillion, side: "#F3CBA9" },
  block: { fill: "#F6E3EE", stroke: "#9C4A78", side: "#E8C3D9" },
};
