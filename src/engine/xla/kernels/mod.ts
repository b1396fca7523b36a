/** Registers every kernel of the backend `xla`. */
import "./elementwise.ts";
import "./trigonometric.ts";
import "./shape.ts";
import "./reduction.ts";
import "./matmul.ts";
import "./convolution.ts";
import "./depthwise.ts";
import "./pooling.ts";
import "./lookup.ts";
import "./resize.ts";
import "./lstm.ts";
