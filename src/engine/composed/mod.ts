/** Registers the kernels written with tfjs ops, and the gradients that tfjs lacks. */
import "./einsum.ts";
import "./layers.ts";
import "./layout.ts";
import "./resize.ts";
import "./training.ts";
import "./gradients.ts";
