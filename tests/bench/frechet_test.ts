import { assertLess } from "@std/assert";
import { useEngine } from "../../src/engine/mod.ts";
import { frechet } from "../../src/metrics/frechet.ts";
import { randomFeatures, scipyDistance } from "./frechet.ts";
import { findPython } from "./python.ts";

const python = findPython();
/** A Python chosen by the user may have PyTorch only. */
const scipy = python !== undefined &&
  new Deno.Command(python, { args: ["-c", "import scipy, safetensors"], stderr: "null" }).outputSync().success;

Deno.test({
  name: "the Fréchet distance agrees with scipy's to a millionth",
  ignore: !scipy,
  async fn() {
    await useEngine("auto");
    const [real, generated] = [randomFeatures("real", 500, 60, 1), randomFeatures("drawn", 400, 60, 1.2)];
    const { value } = await scipyDistance(python!, real, generated);
    assertLess(Math.abs(frechet(real, generated) - value) / value, 1e-6);
  },
});
