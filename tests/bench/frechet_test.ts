import { assertLess } from "@std/assert";
import { useEngine } from "../../src/engine/mod.ts";
import { frechet } from "../../src/metrics/frechet.ts";
import { cloud, scipyDistance } from "./frechet.ts";
import { findPython } from "./python.ts";

const python = findPython();
/** A Python of the user's may have PyTorch alone. */
const scipy = python !== undefined &&
  new Deno.Command(python, { args: ["-c", "import scipy, safetensors"], stderr: "null" }).outputSync().success;

Deno.test({
  name: "the Fréchet distance agrees with scipy's to a millionth",
  ignore: !scipy,
  async fn() {
    await useEngine("auto");
    const [real, drawn] = [cloud("real", 500, 60, 1), cloud("drawn", 400, 60, 1.2)];
    const { value } = await scipyDistance(python!, real, drawn);
    assertLess(Math.abs(frechet(real, drawn) - value) / value, 1e-6);
  },
});
