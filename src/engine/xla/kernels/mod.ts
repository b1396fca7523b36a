/** Registers every kernel of the backend `xla`. */
import "./elementwise.ts";
import "./shape.ts";
import "./reduction.ts";
import "./matmul.ts";
import "./convolution.ts";
import "./resize.ts";
